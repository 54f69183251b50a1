"""Pure rules of this addon: plain Python on canonical records and `Decimal`, without the ORM."""
