from . import controllers, models, recognition, report, wizards
from .hooks import post_init_hook
