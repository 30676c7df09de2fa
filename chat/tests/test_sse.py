import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.upstream.sse import Decoder

pytestmark = pytest.mark.once

TEXT = '\u2028\u2029\x85 é 你好 🙂 \\ " '


def decode(*parts: bytes) -> list[bytes]:
    decoder = Decoder()
    found = [payload for part in parts for payload in decoder.feed(part)]
    return found + decoder.finish()


@pytest.mark.parametrize(
    ("stream", "payloads"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b": comment\n\ndata: a\n\n", [b"a"]),
        (b": comment\ndata: a\n\n", [b"a"]),
        (b"event: error\ndata: a\nid: 7\nretry: 1\n\n", [b"a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"event: ping\n\n", []),
        (b"bare words\ndata: a\n\n", [b"a"]),
        (b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"data: last without its blank line", [b"last without its blank line"]),
        (b"data: last\r\n", [b"last"]),
        (b"data\n\n", [b""]),
        (b"", []),
    ],
)
def test_events_are_found_wherever_the_stream_is_cut(
    stream: bytes, payloads: list[bytes]
) -> None:
    for size in range(1, len(stream) + 1):
        parts = [stream[i : i + size] for i in range(0, len(stream), size)]
        assert decode(*parts) == payloads


@pytest.mark.parametrize(
    ("piece", "payloads"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\r\rdata: b\n\n", [b"a", b"b"]),
        (b"data: a\rid: 7\n\n", [b"a"]),
        (b"data: \n\n", [b""]),
        (b"data:\n\n", [b""]),
        (b"data: \n", [b""]),
        (b"data: a\n", [b"a"]),
    ],
)
def test_only_one_event_of_one_line_is_taken_for_one(
    piece: bytes, payloads: list[bytes]
) -> None:
    """Once a stream has begun, a piece that is one plain event goes a shorter way."""
    assert decode(b"data: first\n\n", piece) == [b"first", *payloads]


def test_line_separators_of_unicode_are_text() -> None:
    payload = json.dumps({"content": TEXT}, ensure_ascii=False).encode()
    assert decode(b"data: " + payload + b"\n\n") == [payload]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5),
    st.sampled_from([b"\n\n", b"\r\n\r\n"]),
    st.data(),
)
def test_any_text_survives_any_cuts(
    texts: list[str], end: bytes, data: st.DataObject
) -> None:
    payloads = [json.dumps(text, ensure_ascii=False).encode() for text in texts]
    stream = b"".join(b"data: " + payload + end for payload in payloads)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    edges = [0, *sorted(cuts), len(stream)]
    parts = [stream[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    assert decode(*parts) == payloads


def test_an_event_without_end_is_counted() -> None:
    decoder = Decoder()
    decoder.feed(b"data: " + b"a" * 1000)
    assert decoder.pending == 1006


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_long_event_ends_wherever_its_end_is_cut(end: bytes, size: int) -> None:
    payload = b"a" * 70_000
    stream = b"data: " + payload + end + b"data: next" + end
    head, tail = stream[:69_000], stream[69_000:]
    parts = [tail[i : i + size] for i in range(0, len(tail), size)]
    assert decode(head, *parts) == [payload, b"next"]


def test_a_long_event_is_gathered_in_linear_time() -> None:
    def seconds(pieces: int) -> float:
        decoder, piece = Decoder(), b"a" * 1_000
        decoder.feed(b"data: ")
        begun = time.process_time()
        for _ in range(pieces):
            decoder.feed(piece)
        return time.process_time() - begun

    seconds(1_000)
    # Eight times as much; joined anew at every piece it takes 64 times as long.
    assert seconds(8_000) < 24 * seconds(1_000) + 0.1
