from . import monitor, stripe_webhook
