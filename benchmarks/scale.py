"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    warm_up: int  # requests of each kind
    streams: int
    fewer_streams: int  # for a server that stalls with that many
    rate: int  # events a second, each stream
    seconds: float
    flood_streams: int
    flood_cpu_seconds: float  # of the server, at least
    callers: int  # of answers in one piece
    whole_seconds: float
    first_events: int
    open_streams: int
    settling_seconds: float  # before memory is looked at
    turns: int  # of each dialect
    turn_seconds: float


FULL = Scale(
    warm_up=200,
    streams=100,
    fewer_streams=30,
    rate=50,
    seconds=8.0,
    flood_streams=4,
    flood_cpu_seconds=1.5,
    callers=50,
    whole_seconds=4.0,
    first_events=50,
    open_streams=1000,
    settling_seconds=3.0,
    turns=6,
    turn_seconds=4.0,
)
QUICK = Scale(
    warm_up=5,
    streams=10,
    fewer_streams=5,
    rate=50,
    seconds=1.0,
    flood_streams=2,
    flood_cpu_seconds=0.1,
    callers=5,
    whole_seconds=0.5,
    first_events=5,
    open_streams=30,
    settling_seconds=0.3,
    turns=1,
    turn_seconds=1.0,
)
