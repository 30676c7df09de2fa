"""The shapes of what the paths below `/health` answer."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.protocols.answers import says


class Health(Struct):
    status: Annotated[
        Literal["healthy", "degraded"], says("`degraded` without a usable key.")
    ]
    zai_client_initialized: Annotated[bool, says("Whether there is a usable key.")]
    timestamp: Annotated[
        str,
        Meta(
            description="The server's time.", extra_json_schema={"format": "date-time"}
        ),
    ]
    version: Annotated[str, says("Of this service.")]


class Live(Struct):
    status: Literal["live"]


class Ready(Struct):
    """Only programs on the service's machine, and staff, learn more than the status."""

    status: Literal["ready", "not ready"]
    reasons: (
        Annotated[list[str], says("Why the service cannot be used.")] | UnsetType
    ) = UNSET
    account: (
        Annotated[str | None, says("Why Z.AI refused the last requests, if it did.")]
        | UnsetType
    ) = UNSET
    log: (
        Annotated[list[str], says("What is wrong with the request log, if anything.")]
        | UnsetType
    ) = UNSET
    access: (
        Annotated[
            list[str], says("What is wrong with keys, limits and budgets, if anything.")
        ]
        | UnsetType
    ) = UNSET
    alerts: (
        Annotated[list[str], says("Which alerts could not be sent, if any.")]
        | UnsetType
    ) = UNSET
    gate: (
        Annotated[
            list[str], says("Where Z.AI is not asked at the moment, and until when.")
        ]
        | UnsetType
    ) = UNSET
