"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    warm_up: int  # requests of each kind
    turns: int  # of all servers
    waits: int  # of one caller, in each turn
    crowd: int  # callers at once
    alone_answers: int  # one after the other
    callers: int  # of answers in one piece
    whole_seconds: float
    afterwards: float  # for what a server does when all is answered
    streams: int
    fewer_streams: int  # for a server that stalls with that many
    rate: int  # events a second, each stream
    span_events: int  # of each stream, from its start to its end
    turn_seconds: float  # in which streams flow
    flood_streams: int
    flood_cpu_seconds: float  # of the server, at least
    sustained: tuple[int, ...]  # streams that are tried, one number after the other
    sustained_seconds: float
    leavers: int
    open_streams: int
    settling_seconds: float  # before memory is looked at


FULL = Scale(
    warm_up=100,
    turns=3,
    waits=100,
    crowd=100,
    alone_answers=200,
    callers=10,
    whole_seconds=2.0,
    afterwards=1.0,
    streams=100,
    fewer_streams=30,
    rate=50,
    span_events=150,
    turn_seconds=3.0,
    flood_streams=4,
    flood_cpu_seconds=1.0,
    sustained=(25, 50, 100, 200, 300, 400, 500, 600, 800, 1000, 1200),
    sustained_seconds=3.0,
    leavers=10,
    open_streams=1000,
    settling_seconds=3.0,
)
QUICK = Scale(
    warm_up=5,
    turns=1,
    waits=5,
    crowd=10,
    alone_answers=5,
    callers=5,
    whole_seconds=0.3,
    afterwards=0.1,
    streams=10,
    fewer_streams=5,
    rate=50,
    span_events=25,
    turn_seconds=0.5,
    flood_streams=2,
    flood_cpu_seconds=0.1,
    sustained=(5, 10),
    sustained_seconds=0.5,
    leavers=3,
    open_streams=30,
    settling_seconds=0.3,
)
