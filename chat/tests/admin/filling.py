"""A log of a month, with its sums, made by the database itself: a million rows in a
minute or two."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from chat.models import CallerTally, EndingTally, ReasonTally, RequestLog, TimingTally
from chat.requestlog import callers
from chat.requestlog.callers import prune_callers
from chat.tests.admin.test_scale import fill

BASE = 1_000
MONTH_SECONDS = 30 * 86_400
NUMBER = "CAST(substr(user_id, 6) AS INTEGER)"  # of user-17
REASON = "answer <> 'whole' OR ending <> 'completed'"
CALLERS = {
    "client": ("COALESCE(client_id, 0)", "''"),
    "user": ("COALESCE(client_id, 0)", "user_id"),
    "address": ("0", "{address}"),
}


def fill_month(count: int, days_ago: int = 0) -> None:
    """Have `count` requests and what is summed of them, as much as is kept; the last
    of them so many days ago."""
    RequestLog.objects.all().delete()
    fill(BASE)
    rows = RequestLog.objects.all()
    rows.filter(ending="completed").update(answer="whole", first_sign_ms=400)
    bad = rows.filter(ending="upstream_rejected")
    bad.update(answer="none", whose="zai", error_code="1305", cost_usd=None)
    if count > BASE:
        _multiply(count // BASE)
    if days_ago:
        rows.update(created_at=F("created_at") - timedelta(days=days_ago))
    _sum_up()


def give_some_to(user: str, address: str) -> None:
    """Have one caller ask on every day, and of every model: a seventh of all rows."""
    rows = RequestLog.objects.filter(client__isnull=False)
    some = list(rows.values_list("pk", flat=True))[::7]
    rows.filter(pk__in=some).update(user_id=user, address=address)
    _sum_up()


def _multiply(times: int) -> None:
    """Each row so often, in the time until the next, by others of the callers."""
    names = [field.column for field in RequestLog._meta.fields]
    shift = f"n * {MONTH_SECONDS / BASE / times:.6f}"
    to_a_millisecond = "%Y-%m-%d %H:%M:%f"
    # As `fill` has it: a user has an address, and a model of ten.
    user = f"(({NUMBER} + n * 30) % {BASE})"
    address = f"'198.51.' || {user} % 100 || '.' || {user} % 250"
    changed = {
        "id": "id || '-' || n",
        "upstream_id": "upstream_id || '-' || n",
        "user_id": f"'user-' || {user}",
        "created_at": _by(
            sqlite=f"strftime('{to_a_millisecond}', created_at,"
            f" -({shift}) || ' seconds')",
            postgresql=f"created_at - ({shift}) * interval '1 second'",
        ),
        "address": _by(sqlite=address, postgresql=f"({address})::inet"),
    }
    taken = ", ".join(changed.get(name, name) for name in names)
    _execute(
        "WITH RECURSIVE steps(n) AS"
        f" (SELECT 1 UNION ALL SELECT n + 1 FROM steps WHERE n < {times - 1})"
        f" INSERT INTO chat_requestlog ({', '.join(names)})"
        f" SELECT {taken} FROM chat_requestlog CROSS JOIN steps"
    )


def _sum_up() -> None:
    for model in (EndingTally, ReasonTally, TimingTally, CallerTally):
        model.objects.all().delete()
    now = datetime.now(UTC)
    long_ago = now - timedelta(days=60)
    for unit, span, since in (
        ("hour", 3600, long_ago),
        ("minute", 60, now - timedelta(days=2)),
    ):
        at, sums = _start(unit), "SUM(prompt_tokens), 0, SUM(completion_tokens), 0"
        _insert(
            "chat_endingtally (span, at, model, ending, requests, prompt_tokens,"
            " cached_tokens, completion_tokens, reasoning_tokens, cost_usd, priced)",
            f"{span}, {at}, model, ending, COUNT(*), {sums},"
            " COALESCE(SUM(cost_usd), 0), COUNT(cost_usd)",
            f"{at}, model, ending", since,
        )  # fmt: skip
        _insert(
            "chat_reasontally (span, at, ending, answer, whose, code, requests,"
            " first_at, last_at)",
            f"{span}, {at}, ending, answer, COALESCE(whose, ''),"
            " COALESCE(error_code, ''), COUNT(*), MIN(created_at), MAX(created_at)",
            f"{at}, ending, answer, whose, error_code", since, REASON,
        )  # fmt: skip
        for measure, column in (
            ("first_word", "first_sign_ms"),
            ("answer_word", "first_word_ms"),
            ("duration", "duration_ms"),
        ):
            # About as many as there are of real times.
            bucket = f"40 + ({column} + {NUMBER} * 7) % 30"
            _insert(
                "chat_timingtally (span, at, measure, bucket, requests)",
                f"{span}, {at}, '{measure}', {bucket}, COUNT(*)",
                f"{at}, {bucket}", since, f"{column} IS NOT NULL",
            )  # fmt: skip
    hours = now - timedelta(days=15)
    for unit, span, since in (("day", 86_400, long_ago), ("hour", 3600, hours)):
        at = _start(unit)
        address = _by(sqlite="address", postgresql="host(address)")
        for kind, (client, caller) in CALLERS.items():
            who = f"{client}, {caller.format(address=address)}"
            _insert(
                "chat_callertally (span, kind, at, client_id, caller, model, requests,"
                " failures, prompt_tokens, completion_tokens, cost_usd, estimated_usd)",
                f"{span}, '{kind}', {at}, {who}, model, COUNT(*), COUNT(whose),"
                " SUM(prompt_tokens), SUM(completion_tokens),"
                " COALESCE(SUM(cost_usd), 0), 0",
                f"{at}, {who}, model", since,
            )  # fmt: skip
    while prune_callers():  # as the service does
        pass
    _fold_the_rest(now)


def _fold_the_rest(now: datetime) -> None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(2, 40):
        for kind in callers.PERSONAL:
            while callers.fold(kind, today - timedelta(days=back)):
                pass


def _insert(
    into: str, taken: str, grouped: str, since: datetime, where: str = "1 = 1"
) -> None:
    # A text that groups by itself would be no column.
    groups = ", ".join(g for g in grouped.split(", ") if g not in ("''", "0"))
    moment = connection.ops.adapt_datetimefield_value(since)
    _execute(
        f"INSERT INTO {into} SELECT {taken} FROM chat_requestlog"
        f" WHERE created_at >= %s AND ({where}) GROUP BY {groups}",
        moment,
    )


def _start(unit: str) -> str:
    formats = {"day": "%Y-%m-%d 00:00:00", "hour": "%Y-%m-%d %H:00:00"}
    written = formats.get(unit, "%Y-%m-%d %H:%M:00")
    return _by(
        sqlite=f"strftime('{written}', created_at)",
        postgresql=f"date_trunc('{unit}', created_at)",
    )


def _by(**sql: str) -> str:
    return sql[connection.vendor]


def _execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        if parameters:
            signs = ("%Y", "%m", "%d", "%H", "%M", "%f", "%S", " % ")
            for sign in signs:
                sql = sql.replace(sign, sign.replace("%", "%%"))
            cursor.execute(sql, parameters)
        else:
            cursor.execute(sql)
