"""What a request adds to the metrics, of the one outcome that its row is made of."""

from bisect import bisect_left

from chat.ending import Ending, Whose
from chat.exchange.exchange import Exchange
from chat.exchange.outcome import Outcome
from chat.exchange.visit import Visit
from chat.failures import AccessRefused
from chat.glm import prices
from chat.metrics.board import Board
from chat.metrics.families import (
    CHARGED_AT,
    COST_AT,
    TIMES_OF_A_REQUEST,
    Histogram,
    Row,
)
from chat.metrics.labels import NONE, client_label, code_label, model_label

# Of what others close, in whose rows no answer stands either.
UNKNOWN = "unknown"


class Open:
    """A request that is open. Where its process is killed, its file says how it would
    have ended: as its row says."""

    __slots__ = ("_board", "_client", "_dialect", "_model", "_slot")

    def __init__(self, board: Board, visit: Visit, exchange: Exchange) -> None:
        self._board = board
        self._dialect = visit.dialect
        self._model = model_label(exchange.chat.model)
        self._client = client_label(visit.caller.client_id)
        self._slot = board.take_slot()
        killed = (Ending.INTERRUPTED, UNKNOWN, Whose.SERVICE)
        if self._slot:
            at = board.row(Row.REQUESTS, self._dialect, self._model, *killed)
            board.cells[self._slot] = at

    def foretell(self, outcome: Outcome) -> None:
        """It ends so, if what is sent next arrives."""
        if self._slot:
            self._board.cells[self._slot] = self._row_of(outcome)

    def close(self, outcome: Outcome) -> None:
        """It has ended so."""
        board = self._board
        board.cells[self._row_of(outcome)] += 1
        if self._slot:
            board.give_back(self._slot)
        _add_times(board, self._model, outcome)
        _add_use(board, self._model, self._client, outcome)
        for attempt in outcome.attempts:
            at = board.row(Row.TRIES, self._model, code_label(attempt))
            board.cells[at] += 1

    def _row_of(self, outcome: Outcome) -> int:
        return _row_of(self._board, self._dialect, self._model, outcome)


def count_refusal(board: Board, visit: Visit, outcome: Outcome) -> None:
    """Count a request that never became an exchange."""
    model = model_label(visit.asked.model if visit.asked else None)
    board.cells[_row_of(board, visit.dialect, model, outcome)] += 1
    if isinstance(outcome.failure, AccessRefused):
        board.cells[board.row(Row.REFUSALS, outcome.failure.reason)] += 1


def observe(board: Board, at: int, histogram: Histogram, seconds: float) -> None:
    """Add `seconds` to a histogram whose row begins `at`."""
    at += histogram.at
    cells, buckets = board.cells, histogram.buckets
    cells[at + bisect_left(buckets, seconds)] += 1
    cells[at + len(buckets) + 1] += seconds


def _row_of(board: Board, dialect: str, model: str, outcome: Outcome) -> int:
    whose = outcome.whose or NONE
    ending, answer = outcome.ending, outcome.answer
    return board.row(Row.REQUESTS, dialect, model, ending, answer, whose)


def _add_times(board: Board, model: str, outcome: Outcome) -> None:
    at = board.row(Row.TIMES, model)
    seen = (
        *(outcome.first_sign, outcome.first_word, outcome.duration),
        *(outcome.waited, outcome.added),
    )
    for histogram, seconds in zip(TIMES_OF_A_REQUEST, seen, strict=True):
        if seconds is not None:
            observe(board, at, histogram, seconds)


def _add_use(board: Board, model: str, client: str, outcome: Outcome) -> None:
    usage, charge = outcome.usage, outcome.charge
    if usage is None and not (charge and charge.usd):
        return
    answered = outcome.answered_model
    at = board.row(Row.USE, model_label(answered) if answered else model, client)
    cells = board.cells
    if usage:
        tokens = (
            *(usage.prompt_tokens, usage.cached_tokens),
            *(usage.completion_tokens, usage.reasoning_tokens),
        )
        for place, number in enumerate(tokens, at):
            cells[place] += number or 0
        cells[at + COST_AT] += float(prices.cost(answered, usage) or 0)
    if charge:
        cells[at + CHARGED_AT] += float(charge.usd)
