"""One module per Stripe object: its shape, what requests do to it, and its routes."""
