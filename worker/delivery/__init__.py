"""How a report leaves, once."""
