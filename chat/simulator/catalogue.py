"""The models Z.AI offers, as the profiles have them, and who answers for them."""

from chat.glm.profile import Profile
from chat.glm.reading import Profiles

# The endpoint for coding was seen to answer so (hermes-agent#89241).
_CODING = {"glm-5.2": "glm-5.3"}


def answering(model: Profile, coding: bool) -> str:
    """The name of the model that answers where `model` is asked."""
    if coding and model.name in _CODING:
        return _CODING[model.name]
    if model.is_retired and model.successor:
        return model.successor
    return model.name


def listing(models: Profiles) -> dict[str, object]:
    """The body of `GET /models`."""
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "owned_by": "z-ai"} for name in models
        ],
    }
