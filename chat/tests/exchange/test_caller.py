"""The one who asked: what is known of him before anything was said."""

from chat.exchange.caller import Caller


def test_a_caller_is_there_until_somebody_says_otherwise() -> None:
    caller = Caller()
    assert not caller.left
    assert not caller.shutdown
    assert not caller.has_hung_up()
    assert caller.sharer is None


def test_whether_he_has_hung_up_is_asked_of_the_connection_each_time() -> None:
    connection = {"is_closing": False}
    caller = Caller(lambda: connection["is_closing"])
    assert not caller.has_hung_up()
    connection["is_closing"] = True
    assert caller.has_hung_up()
    assert not caller.left  # is for whoever ends the connection to say
