"""Which sample answer the words of a question call for."""

import re
import zlib
from functools import cache
from pathlib import Path

_SAMPLES = Path(__file__).parent / "samples"

# Of the rows whose pattern is found a sample is taken that is about what was asked; if
# there is none, one of the first row.
_TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"translat|übersetz|traduc|tradui|languages\b", ("translation",)),
    (r"\bunicode\b|\bscripts\b", ("scripts",)),
    (r"\bemojis?\b", ("emoji",)),
    (r"\b(python|django|flask)\b", ("code_python",)),
    (r"\b(javascript|typescript|react|next\.?js|node)\b", ("code_typescript",)),
    (r"\b(sql|postgres\w*|sqlite|mysql)\b", ("code_sql",)),
    (r"\b(rust|golang|c\+\+)\b", ("code_rust",)),
    (r"\b(bash|shell|terminal|curl|docker\w*)\b", ("code_shell",)),
    (r"\b(html|css|web ?page)\b", ("code_html",)),
    (
        r"\b(code|program|script|function|snippet|algorithm)\b",
        ("code_python", "code_typescript", "code_many"),
    ),
    (r"\b(table|compare|comparison|versus|vs)\b", ("planets", "table")),
    (r"\b(math\w*|equation|formula|integral|derivative|proof)\b", ("math",)),
    (r"\b(list|steps|checklist|outline|plan|ideas?|recipe)\b", ("list", "recipe")),
    (r"\b(poem|poetry|haiku|verse|rhyme|sonnet)\b", ("poem_sea", "poem", "haiku")),
    (r"\b(story|tale|essay|article|long)\b", ("story",)),
    (r"\b(streamed|streaming|server-sent events|sse)\b", ("explanation",)),
    (r"\bplanets?\b|\bsolar system\b", ("planets",)),
    (r"[诗詩]", ("poem_sea_zh",)),
    (r"表格|比较|比較", ("planets_zh",)),
    (r"代码|函数|编程|程序", ("code_python_zh",)),
    (r"流式", ("explanation_zh",)),
    (r"行星|太阳系", ("planets_zh",)),
    (r"[\u0600-\u06ff]{2}", ("arabic",)),
    (r"[\u0900-\u097f]{2}", ("hindi",)),
    (r"[\u4e00-\u9fff]", ("chinese",)),
    (
        r"^\W*(hi|hello|hey|howdy|hallo|hola|bonjour|good (morning|day|evening))\b",
        ("greeting",),
    ),
)
# What a sample is about; those that are not here are about whatever was asked.
_ABOUT = {
    "poem_sea": r"\b(sea|seas|ocean|waves?|tides?)\b",
    "poem": r"\b(streams?|streaming|words?|wires?)\b",
    "haiku": r"\brain\b|\bhaiku\b|\bponds?\b",
    "planets": r"\bplanets?\b|\bsolar system\b",
    "table": r"\b(sqlite|postgres\w*|redis|databases?|stor(e|age|ing))\b",
    "code_python": r"\bwords?\b",
    "code_typescript": r"\bstream\w*|\bhook\b",
    "code_sql": r"\borders?\b|\bcustomers?\b|\bmonth\w*",
    "code_rust": r"\bthreads?\b|\bcounters?\b|\brace\b",
    "code_shell": r"\bstream\w*|\bcurl\b",
    "code_html": r"\bcards?\b",
    "code_many": r"\bgcd\b|\bgreatest common divisor\b",
    "math": r"\bquadratic\b|\bx\^2\b",
    "recipe": r"\bbread\b|\bbake\b|\brecipe\b",
    "poem_sea_zh": r"[海洋潮]",
    "planets_zh": r"行星|太阳系",
    "code_python_zh": r"词",
    "explanation_zh": r"流式",
    "story": r"\blighthouse\b|\bclocks?\b|\bsea\b",
}
_UNKNOWN = ("unknown",)
# A request of so few words names no subject: "Compare them in a table".
_FEW_WORDS = 5
_EXAMPLE = (
    "_The simulator knows no better than this sample, which is not about what you"
    " asked._\n\n"
)
_EXAMPLE_IN_CHINESE = "_模拟器只有这个示例，它与您的问题无关。_\n\n"
_READ_SO_FAR = 10_000
_LONGEST_QUOTED = 120
_SUM = re.compile(r"(?<!\d)(-?\d++(?:\.\d++)?)\s*+([-+*/x×÷])\s*+(-?\d++(?:\.\d++)?)")


def sample_for(question: str) -> str:
    """The Markdown that answers a question; the same question has the same answer.

    What is not about what was asked says so, and what nothing fits gets two lines.
    """
    asked = question[:_READ_SO_FAR]
    sum_ = _SUM.search(asked)
    if sum_:
        return _arithmetic(float(sum_[1]), sum_[2], float(sum_[3]))
    rows = [names for pattern, names in _TOPICS if _finds(pattern, asked)] or [_UNKNOWN]
    about = [n for names in rows for n in names if n in _ABOUT and _is_about(n, asked)]
    among = about[:1] or [n for n in rows[0] if n not in _ABOUT] or rows[0]
    name = among[zlib.crc32(question.encode("utf-8", "replace")) % len(among)]
    is_beside = name in _ABOUT and not about and _names_a_subject(asked)
    example = _EXAMPLE_IN_CHINESE if name.endswith("_zh") else _EXAMPLE
    text = (example if is_beside else "") + sample(name)
    return text.replace("{{question}}", _quoted(question))


@cache
def sample(name: str) -> str:
    return (_SAMPLES / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


def _finds(pattern: str, question: str) -> bool:
    return re.search(pattern, question, re.IGNORECASE) is not None


def _is_about(name: str, question: str) -> bool:
    return _finds(_ABOUT[name], question)


def _names_a_subject(question: str) -> bool:
    # Chinese has no spaces: there each sign is a word.
    words = re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", question.lower())
    return len(words) > _FEW_WORDS or "about" in words


def _quoted(question: str) -> str:
    words = " ".join(question[:_READ_SO_FAR].split())
    return words if len(words) <= _LONGEST_QUOTED else words[:_LONGEST_QUOTED] + "…"


def _arithmetic(left: float, sign: str, right: float) -> str:
    if sign in "/÷" and right == 0:
        return "Division by zero has no result."
    result = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "/": lambda: left / right,
        "÷": lambda: left / right,
    }.get(sign, lambda: left * right)()
    return f"{left:g} {sign} {right:g} = **{result:.12g}**"
