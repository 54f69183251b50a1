from . import models, recognition, report
from .hooks import post_init_hook
