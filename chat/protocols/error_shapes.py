"""The shapes of what a caller gets instead of an answer, or of the rest of one.

They are encoded here, and described in OpenAPI.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.failures import Failure
from chat.protocols.answers import says


def find_kinds(parent: type[Failure] = Failure) -> Iterator[type[Failure]]:
    """Yield every kind of failure."""
    yield parent
    for child in parent.__subclasses__():
        yield from find_kinds(child)


# Failures that are made of Z.AI's codes may have the last one.
TYPES = sorted({failure.type for failure in find_kinds()} | {"rate_limit_error"})

Message = Annotated[str, says("A sentence that can be shown to people.")]
Type = Annotated[
    str, Meta(description="The kind of error.", extra_json_schema={"enum": TYPES})
]
Code = Annotated[
    str | None, says("One of this service, or Z.AI's number; null for a fault of ours.")
]
Param = Annotated[str | None, says("The field that is wrong, if one is.")]
RequestId = Annotated[str, says("As in the `X-Request-ID` header, for who runs this.")]


class OpenAIErrorDetail(Struct):
    message: Message
    type: Type
    code: Code
    param: Param


class OpenAIError(Struct):
    """Why there is no answer, as OpenAI's clients expect it."""

    error: OpenAIErrorDetail


class ErrorDetail(OpenAIErrorDetail):
    request_id: RequestId


class Error(Struct):
    """Why there is no answer."""

    detail: Message
    error: ErrorDetail


class OpenAILateError(ErrorDetail):
    """What is wrong, with what comes too late for the status and the headers."""

    status: Annotated[int, says("The HTTP status it would have had.")]
    retry_after: Annotated[int, says("Seconds to wait.")] | UnsetType = UNSET


class OpenAIErrorFrame(Struct):
    """The last frame of an answer that broke off, as OpenAI's clients expect it."""

    error: OpenAILateError


class LateError(OpenAILateError):
    """What is wrong, with what comes too late for the status and the headers."""

    type: Annotated[Literal["streaming_error"], says("The kind of error.")]


class ErrorFrame(Struct):
    """The last frame of an answer that broke off."""

    error: LateError


Detail = TypeVar("Detail", bound=OpenAIErrorDetail)
Late = TypeVar("Late", bound=OpenAILateError)


def describe(failure: Failure, shape: type[Detail], **further: Any) -> Detail:
    """Return what a caller is told of `failure`. `further`: what else `shape` has."""
    told = {"type": failure.type, **further}
    return shape(
        message=failure.message, code=failure.code, param=failure.param, **told
    )


def describe_late(
    failure: Failure, shape: type[Late], request_id: str, **further: Any
) -> Late:
    """Return what a caller is told of `failure` in the midst of a stream."""
    return describe(
        failure,
        shape,
        request_id=request_id,
        status=failure.status,
        retry_after=failure.come_back_in or UNSET,
        **further,
    )
