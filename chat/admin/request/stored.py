"""What was said in a request, so much of it as a page may load."""

from dataclasses import dataclass

from django.db.models import Case, F, TextField, When
from django.db.models.functions import Cast, Length

from chat.admin.request.budget import Budget
from chat.admin.request.conversation import MOST_MESSAGES, Told, messages_up_to
from chat.models import RequestLog, RequestText


@dataclass(frozen=True)
class StoredText:
    """`RequestText` without what is too long: that is None, with its size."""

    pk: str
    prompt_id: str | None
    answer_id: str | None
    reasoning_size: int
    reasoning_text: str | None
    extra_size: int | None
    extra_json: str | None


def text_of(row: RequestLog, most: int) -> StoredText | None:
    """So many characters of each at most are loaded."""
    found = (
        RequestText.objects.filter(pk=row.pk)
        .annotate(
            reasoning_size=Length("reasoning"),
            reasoning_text=Case(When(reasoning_size__lte=most, then=F("reasoning"))),
            extra_text=Cast("extra", TextField()),
            extra_size=Length("extra_text"),
            extra_json=Case(When(extra_size__lte=most, then=F("extra_text"))),
        )
        .values(
            *("pk", "prompt_id", "answer_id", "reasoning_size", "reasoning_text"),
            *("extra_size", "extra_json"),
        )
        .first()
    )
    return StoredText(**found) if found else None


def prompt_and_extra(row: RequestLog) -> tuple[str | None, str | None]:
    """Where the conversation ends that was asked about, and what was sent and came
    beside it, as JSON."""
    texts = RequestText.objects.filter(pk=row.pk)
    found = texts.annotate(extra_text=Cast("extra", TextField()))
    prompt, extra = found.values_list("prompt_id", "extra_text").first() or (None, None)
    return prompt, extra


def told(text: StoredText, budget: Budget) -> tuple[list[Told], Told | None]:
    """The conversation that was asked about, and its answer if there is one."""
    if text.answer_id:
        found = messages_up_to(text.answer_id, MOST_MESSAGES + 1, budget.shown)
        if found:
            return found[:-1], found[-1]
    return messages_up_to(text.prompt_id, MOST_MESSAGES, budget.shown), None
