"""How processes of this service speak to Redis, or Valkey."""
