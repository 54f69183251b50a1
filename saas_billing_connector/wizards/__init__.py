from . import billing_setup, secret_rotation
