"""How long Z.AI may keep us waiting: as long as the model may take, by its profile.

The settings are upper bounds. All in seconds.
"""

from django.conf import settings

from chat.glm.known import profile_of


def first_event_limit(model: str) -> float:
    """Return how long the first event of a stream may take, all tries included."""
    return min(profile_of(model).silence, float(settings.ZAI_FIRST_EVENT_TIMEOUT))


def silence_limit(model: str) -> float:
    """Return how long a stream may be silent between two events."""
    return min(profile_of(model).silence, float(settings.ZAI_SILENCE_TIMEOUT))


def whole_limit(model: str) -> float:
    """Return how long an answer may take that is not streamed, all tries included."""
    return min(profile_of(model).whole, float(settings.ZAI_ANSWER_TIMEOUT))
