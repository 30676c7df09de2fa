"""How a request is remembered."""
