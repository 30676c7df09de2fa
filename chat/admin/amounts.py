"""Figures as people read them. What is not known is a dash, never a nought."""

from datetime import timedelta
from decimal import Decimal

UNKNOWN = "–"


def count(number: int | None) -> str:
    """1,234 as it is; 1.23 M above a hundred thousand."""
    if number is None:
        return UNKNOWN
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= max(unit, 10**5):
            return f"{_digits(number / unit)} {letter}"
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    if not whole:
        return UNKNOWN
    percent = 100 * part / whole
    if part and percent < 0.1:
        return "< 0.1 %"
    if part < whole and percent > 99.9:
        return "> 99.9 %"
    return f"{percent:.1f} %" if 0 < part < whole else f"{percent:.0f} %"


def milliseconds(time: float | None) -> str:
    if time is None:
        return UNKNOWN
    if time < 999.5:
        return f"{time:.0f} ms"
    if time < 59_950:
        return f"{_digits(time / 1000)} s"
    return elapsed(timedelta(milliseconds=time))


def elapsed(time: timedelta) -> str:
    """The two largest units that are not nought."""
    minutes, seconds = divmod(max(round(time.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    units = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    words = [f"{number:,} {unit}" for number, unit in units if number]
    return " ".join(words[:2]) or "0 s"


def dollars(amount: Decimal | None) -> str:
    """Cents above a dollar, and as many digits as a smaller sum needs."""
    if amount is None:
        return UNKNOWN
    if amount >= 1 or not amount:
        return f"${amount:,.2f}"
    return f"${amount:.4f}" if amount >= Decimal("0.01") else f"${amount:.6f}"


def change(now: Decimal, then: Decimal) -> str:
    """Of a cost, beside the period before."""
    if not then:
        return "new" if now else UNKNOWN
    percent = 100 * (now - then) / then
    if percent >= 1000:
        return f"{now / then:,.0f} times"
    sign = "+" if percent > 0 else "−" if percent < 0 else "±"
    return f"{sign}{abs(percent):.0f} %"


def budget(amount: Decimal) -> str:
    """What somebody has set: to the cent."""
    return f"${amount:,.2f}"


def size(characters: int) -> str:
    """Of a text, as if each character were a byte."""
    for unit, letters in ((10**6, "MB"), (10**3, "KB")):
        if characters >= unit:
            return f"{_digits(characters / unit)} {letters}"
    return f"{characters} bytes"


def _digits(number: float) -> str:
    """Three digits, no noughts at the end."""
    places = 2 if number < 9.995 else 1 if number < 99.95 else 0
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text
