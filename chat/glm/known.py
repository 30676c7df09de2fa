"""The profiles that this service works with: ours, as the operator changed them."""

from django.conf import settings

from chat.glm.profile import Profile


def profile_of(model: str) -> Profile:
    """Return what is known of `model`; the cautious defaults for one that nobody knows.

    Z.AI takes names in any case.
    """
    profile: Profile | None = settings.ZAI_PROFILES.get(model.lower())
    return profile or Profile(name=model)


def find(model: str) -> Profile | None:
    """Return the profile of `model`, if it has one."""
    profile: Profile | None = settings.ZAI_PROFILES.get(model.lower())
    return profile


def offered() -> list[Profile]:
    """Return the profiles of the models to choose from: those that are not retired."""
    return [p for p in settings.ZAI_PROFILES.values() if not p.is_retired]
