"""A signup arrives: contract, identity, limits, admission."""
