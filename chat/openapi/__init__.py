"""The description of the API for programs (OpenAPI), and the page to read it."""
