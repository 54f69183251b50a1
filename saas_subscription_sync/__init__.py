from . import controllers, handlers, models, report, wizards
