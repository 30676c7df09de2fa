"""A caller who has left, and whose answer may go on all the same."""

from chat.exchange.caller import Caller
from chat.exchange.exchange import Exchange
from chat.web import connection
from chat.web.asgi import Send


async def goes_on(exchange: Exchange, send: Send) -> bool:
    """Whether to go on without the caller, who took nothing for too long."""
    audience = exchange.caller.audience
    if not audience or not audience.outlasts or not exchange.deadline.settle():
        return False
    audience.has_all = False
    audience.leave()
    await connection.abort(send)
    return True


def is_delivered(caller: Caller) -> bool:
    """Whether all has gone out, or is there for who comes back.

    uvicorn takes a piece for a connection that is lost, and says nothing.
    """
    audience = caller.audience
    if audience and (audience.is_gone or audience.outlasts):
        if caller.has_hung_up() and not audience.is_gone:
            audience.has_all = False
            audience.leave()
        return True
    return not caller.has_hung_up()
