from . import billing_webhook, monitor
