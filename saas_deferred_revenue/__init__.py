from . import models, recognition, report, wizards
from .hooks import post_init_hook
