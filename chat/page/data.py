"""What the page to chat on is told of this service, as JSON."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error
from django.urls import reverse

from chat import keys
from chat.access.passes import make_page_token
from chat.conversation import Effort
from chat.glm.fitting import fit
from chat.glm.known import find, offered
from chat.glm.profile import Profile, Thinks
from chat.page.scenarios import Scenarios
from chat.requestlog import account
from config.version import read_version

# In the place of a request's id
ID = "REQUEST_ID"
KEY_ADVICE = (
    "Set it in .env to a key from https://z.ai and start again, or let the simulator"
    " answer: `make run`."
)


def data(user: User | AnonymousUser, scenarios: Scenarios | None) -> dict[str, Any]:
    """`scenarios` are the simulator's, null where another answers.

    `adminRequest` leads to a request in the admin, its id in the place of `{id}`; null
    for those who may not see it. `accessToken` says who asks, for a while; null where
    everyone may.
    """
    return {
        "chatUrl": reverse("page") + "api/chat",
        "accessToken": access_token(user),
        "tokenUrl": reverse("page-token"),
        "models": _models(),
        "defaultModel": settings.CHAT_DEFAULT_MODEL,
        "scenarios": scenarios,
        "adminRequest": _admin_request(user),
        "version": read_version(),
        "keyProblem": _key_problem(user),
        "maxBodyBytes": settings.CHAT_MAX_BODY_BYTES,
        "temperature": settings.CHAT_DEFAULT_TEMPERATURE,
        "maxTokens": settings.CHAT_DEFAULT_MAX_TOKENS,
    }


def access_token(user: User | AnonymousUser) -> str | None:
    """Return what the page sends with each question; null where nothing is needed."""
    if settings.CHAT_ACCESS == "open":
        return None
    return make_page_token(user.get_username())


def _key_problem(user: User | AnonymousUser) -> str | None:
    """Why no question can be answered: for whoever runs the service, not visitors."""
    if not (settings.DEBUG or user.is_staff):
        return None
    if problem := keys.problem_with(settings.ZAI_API_KEY):
        return f"{problem} {KEY_ADVICE}"
    with suppress(Error):  # the page is shown while the database is away, too
        return account.find_problem()
    return None


def _models() -> list[dict[str, Any]]:
    """The models to choose from, and what the page has to know of each of them."""
    ours, known = settings.CHAT_DEFAULT_MODEL, offered()
    models = [_model(profile.name, profile) for profile in known]
    if ours in [profile.name for profile in known]:
        return models
    return [_model(ours, find(ours)), *models]


def _model(name: str, profile: Profile | None) -> dict[str, Any]:
    """`sees`, `thinks` and `longest` are null of one that is not known.

    `longest` is what `max_tokens` may be, and `room` what it becomes where it is not
    given: by the effort that is asked for, or by "" where none is.
    """
    if profile is None:
        return {
            "name": name,
            "sees": None,
            "thinks": None,
            "efforts": [],
            "longest": None,
            "room": _room(Profile(name=name), []),
        }
    efforts = list(profile.efforts)
    return {
        "name": name,
        "sees": profile.sees_images,
        "thinks": None if profile.thinks is Thinks.UNKNOWN else profile.thinks,
        "efforts": efforts,
        "longest": profile.longest,
        "room": _room(profile, efforts),
    }


def _room(profile: Profile, efforts: list[Effort]) -> dict[str, int]:
    asked: list[Effort | None] = [None, *efforts]
    return {effort or "": fit({}, effort, profile)["max_tokens"] for effort in asked}


def _admin_request(user: User | AnonymousUser) -> str | None:
    may_see = user.is_staff and user.has_perm("chat.view_requestlog")
    if not (settings.CHAT_REQUEST_LOG and may_see):
        return None
    url = reverse("admin:chat_requestlog_change", args=[ID])
    return url.replace(ID, "{id}")
