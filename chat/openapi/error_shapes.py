"""The shapes of what a caller gets instead of an answer, or of the rest of one."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.failures import Failure
from chat.openapi.answers import says


def family(parent: type[Failure] = Failure) -> Iterator[type[Failure]]:
    """Every kind of failure."""
    yield parent
    for child in parent.__subclasses__():
        yield from family(child)


TYPES = sorted({failure.type for failure in family()} | {"rate_limit_error"})

Message = Annotated[str, says("A sentence that can be shown to people.")]
Type = Annotated[
    str, Meta(description="The kind of error.", extra_json_schema={"enum": TYPES})
]
Code = Annotated[
    str | None, says("One of this service, or Z.AI's number; null for a fault of ours.")
]
Param = Annotated[str | None, says("The field that is wrong, if one is.")]
RequestId = Annotated[str, says("As in the `X-Request-ID` header, for who runs this.")]


class ErrorDetail(Struct):
    message: Message
    type: Type
    code: Code
    param: Param
    request_id: RequestId


class Error(Struct):
    """Why there is no answer."""

    detail: Message
    error: ErrorDetail


class OpenAIErrorDetail(Struct):
    message: Message
    type: Type
    param: Param
    code: Code


class OpenAIError(Struct):
    """Why there is no answer, as OpenAI's clients expect it."""

    error: OpenAIErrorDetail


class LateError(ErrorDetail):
    type: Annotated[str, Meta(extra_json_schema={"enum": ["streaming_error", *TYPES]})]
    status: Annotated[int, says("The HTTP status it would have had.")]
    retry_after: Annotated[int, says("Seconds to wait.")] | UnsetType = UNSET


class ErrorFrame(Struct):
    """The last frame of an answer that broke off."""

    error: LateError


class OpenAILateError(OpenAIErrorDetail):
    request_id: RequestId
    status: Annotated[int, says("The HTTP status it would have had.")]
    retry_after: Annotated[int, says("Seconds to wait.")] | UnsetType = UNSET


class OpenAIErrorFrame(Struct):
    """The last frame of an answer that broke off, as OpenAI's clients expect it."""

    error: OpenAILateError
