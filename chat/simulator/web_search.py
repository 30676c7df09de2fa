"""Results of a web search that nobody made."""

from typing import Any
from urllib.parse import quote

from .request import ChatRequest

_SITES = ("Encyclopaedia", "Daily Herald", "Open Handbook", "Field Notes")


def results_for(request: ChatRequest) -> list[dict[str, Any]] | None:
    """What the top-level `web_search` has, if the request brings the tool."""
    wanted = next(request.tools("web_search"), None)
    if wanted is None or wanted.get("enable") is False:
        return None
    query = str(wanted.get("search_query") or request.question)[:80]
    count = wanted.get("count")
    count = min(max(count, 1), 50) if isinstance(count, int) else 3
    return [_result(query, number) for number in range(1, count + 1)]


def _result(query: str, number: int) -> dict[str, Any]:
    site = _SITES[number % len(_SITES)]
    return {
        "refer": f"ref_{number}",
        "title": f"{query} - {site}",
        "link": f"https://example.com/{number}/{quote(query, safe='')}",
        "content": f"What the {site} has to say about {query}.",
        "media": site,
        "icon": "https://example.com/favicon.ico",
        "publish_date": f"2026-01-{number % 28 + 1:02}",
    }


def cited(text: str, results: list[dict[str, Any]]) -> str:
    """The text with its sources named below."""
    sources = "\n".join(
        f"- [{result['refer']}] [{result['title']}]({result['link']})"
        for result in results
    )
    return f"{text}\n\n**Sources**\n\n{sources}"
