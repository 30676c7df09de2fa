"""The table of failures and oddities that can be played."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum


class Kind(Enum):
    """What the first part of a scenario's value must look like."""

    NOTHING = r""
    COUNT = r"\d{1,6}"
    SECONDS = r"\d{1,6}(?:\.\d+)?"
    CODE = r"\d{3,5}"
    STATUS = r"[2-5]\d\d"
    NAME = r"[a-z0-9][a-z0-9.-]{0,60}"


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    `value` says what VALUE means, `default` is taken where none is given.
    """

    name: str
    value: str
    default: str
    kind: Kind
    sentence: str

    @property
    def pattern(self) -> str:
        """What VALUE must match; its two groups are what stands beside @ or colon."""
        _, bracket, second = self.value.partition("[")
        if not bracket:
            return f"({self.kind.value})()"
        kind = Kind.STATUS if "STATUS" in second else Kind.COUNT
        return f"({self.kind.value})(?:{second[0]}({kind.value}))?"

    @property
    def usage(self) -> str:
        return f"sim:{self.name}={self.value}" if self.value else f"sim:{self.name}"


# fmt: off
TABLE: tuple[Scenario, ...] = (
    # Errors
    Scenario("error", "CODE[:STATUS]", "1302", Kind.CODE,
        "Refuses with Z.AI's error CODE, with its HTTP status or the one given."),
    Scenario("error-once", "CODE[:N]", "1302", Kind.CODE,
        "Refuses the first N tries (1) of this request with CODE, then answers."),
    Scenario("once", "N", "1", Kind.COUNT,
        "Plays the other scenarios for the first N tries of this request only."),
    Scenario("busy", "S", "10", Kind.SECONDS,
        "Refuses all requests with 429/1302 for S seconds from now (0 ends it)."),
    Scenario("shut", "CODE[@S]", "1308@60", Kind.CODE,
        "Refuses this key and model with CODE for S seconds from now (0 ends it)."),
    Scenario("reset-in", "S", "3600", Kind.SECONDS,
        "Limits named in an error text are reset in S seconds."),
    Scenario("retry-after", "S", "5", Kind.COUNT,
        "Puts a Retry-After header on errors, which Z.AI itself never does."),
    Scenario("stream-error", "CODE[@N]", "1234@5", Kind.CODE,
        "An error inside the stream after N events (0), with HTTP status 200."),
    Scenario("stream-error-event", "CODE[@N]", "1234@5", Kind.CODE,
        "The same with an `event: error` line and a top-level request_id."),
    Scenario("json-error", "CODE", "1305", Kind.CODE,
        "A plain JSON error body with HTTP status 200, called text/event-stream."),
    Scenario("html", "STATUS", "200", Kind.STATUS,
        "A firewall's HTML block page with STATUS (200)."),
    # The connection
    Scenario("cut", "N", "5", Kind.COUNT,
        "Drops the connection after N events (0: after the headers)."),
    Scenario("cut-before", "", "", Kind.NOTHING,
        "Drops the connection before any header."),
    Scenario("reset", "N", "5", Kind.COUNT,
        "Resets the connection (TCP RST) after N events."),
    Scenario("silent", "", "", Kind.NOTHING,
        "Accepts the request and never answers at all."),
    Scenario("no-done", "", "", Kind.NOTHING,
        "Ends the stream without [DONE]."),
    Scenario("no-finish", "N", "5", Kind.COUNT,
        "Ends with [DONE] after N events, without a finish reason."),
    Scenario("no-blank-line", "", "", Kind.NOTHING,
        "The last event lacks its blank line, and [DONE] is missing."),
    Scenario("hold-open", "S", "5", Kind.SECONDS,
        "Keeps the answer open for S seconds after [DONE]."),
    # Time
    Scenario("slow-headers", "S", "5", Kind.SECONDS,
        "The headers come after S seconds."),
    Scenario("slow", "S", "5", Kind.SECONDS,
        "The first event comes S seconds after the headers."),
    Scenario("stall", "S[@N]", "30@5", Kind.SECONDS,
        "Is silent for S seconds after N events (0)."),
    Scenario("trickle", "S", "1", Kind.SECONDS,
        "One event every S seconds."),
    Scenario("rate", "R", "50", Kind.SECONDS,
        "R events a second."),
    Scenario("takes", "S", "5", Kind.SECONDS,
        "The whole answer takes S seconds, evenly."),
    Scenario("flood", "", "", Kind.NOTHING,
        "Events as fast as the connection takes them."),
    Scenario("think", "S", "5", Kind.SECONDS,
        "Reasons for S seconds before the first word."),
    # Frames
    Scenario("malformed", "N", "3", Kind.COUNT,
        "An unreadable frame after N events."),
    Scenario("glued", "N", "0", Kind.COUNT,
        "After N events a frame breaks off, with a new attempt glued to it."),
    Scenario("bare-lines", "", "", Kind.NOTHING,
        "Comments and lines that are no data stand between the events."),
    Scenario("crlf", "", "", Kind.NOTHING,
        "Lines end with CRLF."),
    Scenario("unicode", "", "", Kind.NOTHING,
        "The text has U+2028, U+2029, U+0085, emoji and right-to-left script."),
    Scenario("bad-utf8", "N", "3", Kind.COUNT,
        "A frame with bytes that are not UTF-8 after N events."),
    Scenario("big", "KB", "256", Kind.COUNT,
        "One event of KB kilobytes."),
    Scenario("events", "N", "100", Kind.COUNT,
        "The answer has exactly N content events and no reasoning."),
    # Finish reasons
    Scenario("sensitive", "", "", Kind.NOTHING,
        "Breaks off with the finish reason sensitive."),
    Scenario("length", "", "", Kind.NOTHING,
        "Breaks off with the finish reason length."),
    Scenario("empty", "", "", Kind.NOTHING,
        "All tokens go into the reasoning: no content, finish reason length."),
    Scenario("network-error", "", "", Kind.NOTHING,
        "Breaks off with the finish reason network_error."),
    Scenario("context-exceeded", "", "", Kind.NOTHING,
        "Breaks off with the finish reason model_context_window_exceeded."),
    # Answers
    Scenario("tools", "N", "1", Kind.COUNT,
        "Calls the first N of the tools given."),
    Scenario("broken-names", "", "", Kind.NOTHING,
        "Names of tools have the model's own markup around them; one is called."),
    Scenario("other-model", "NAME", "glm-5.3", Kind.NAME,
        "NAME answers, whichever model was asked."),
    Scenario("fenced", "", "", Kind.NOTHING,
        "Puts a code fence around the answer, as models do with JSON."),
    Scenario("echo", "", "", Kind.NOTHING,
        "Answers with the request as it was received."),
    Scenario("help", "", "", Kind.NOTHING,
        "Answers with this table."),
)
# fmt: on

SCENARIOS = {scenario.name: scenario for scenario in TABLE}


def rows() -> Iterator[dict[str, str]]:
    """The table for those who print it."""
    for scenario in TABLE:
        row = asdict(scenario)
        del row["kind"]
        yield row | {"usage": scenario.usage}
