"""How receivers want to be told, by their address: Slack, Feishu and Lark, others."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from chat.alerts.message import Message

Shape = Callable[[Message], dict[str, Any]]

SLACK = {"hooks.slack.com", "hooks.slack-gov.com"}
FEISHU = {"open.feishu.cn", "open.larksuite.com"}


def body_for(url: str, message: Message) -> bytes:
    """Return the JSON that the receiver at `url` understands."""
    host = urlsplit(url).hostname or ""
    shape = _slack if host in SLACK else _feishu if host in FEISHU else _plain
    return json.dumps(shape(message), ensure_ascii=False).encode()


def objection(url: str, answer: bytes) -> str | None:
    """Return why a receiver that said 200 has not taken it all the same, if so."""
    if urlsplit(url).hostname not in FEISHU:
        return None
    try:
        code = json.loads(answer).get("code", 0)
    except (ValueError, AttributeError):
        return "it answered what is no JSON"
    return f"it answered code {code!r:.40}" if code else None


def _plain(message: Message) -> dict[str, Any]:
    return dict(message.as_json())


def _slack(message: Message) -> dict[str, Any]:
    """https://docs.slack.dev/messaging/formatting-message-text: three characters."""
    line = message.as_line()
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        line = line.replace(character, escaped)
    return {"text": line}


def _feishu(message: Message) -> dict[str, Any]:
    """A text that begins a tag would be one: `<at user_id="all">` calls everybody."""
    line = message.as_line().replace("<", "‹").replace(">", "›")
    return {"msg_type": "text", "content": {"text": line}}
