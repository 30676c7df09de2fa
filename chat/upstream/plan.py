"""The Coding Plan's endpoint: its rules forbid what this service does."""

from urllib.parse import urlsplit

SENTENCE = (
    "ZAI_BASE_URL is the Coding Plan's endpoint: its rules forbid serving one's own"
    " application from it."
)
REMEDY = (
    "Use https://api.z.ai/api/paas/v4 (in mainland China"
    " https://open.bigmodel.cn/api/paas/v4), with a balance that pays for each token."
)


def is_of_coding_plan(base_url: str) -> bool:
    """Whether `base_url` is where Z.AI serves the subscribers of that plan."""
    return urlsplit(base_url).path.startswith("/api/coding/")
