"""One module per object: `normalise(obj)` turns Stripe's JSON into the canonical record."""
