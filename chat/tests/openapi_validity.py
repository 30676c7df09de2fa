"""Whether a description is valid OpenAPI 3.1."""

from typing import Any


def validate(description: dict[str, Any]) -> None:
    """Raises OpenAPIValidationError."""
    # Here, for each worker would need seconds for it before its first test.
    from openapi_spec_validator import OpenAPIV31SpecValidator

    OpenAPIV31SpecValidator(description).validate()
