"""`otelsink`, which writes each request for traces to its output as a line of JSON."""

import json
import logging
import sys
from typing import Any

from google.protobuf.json_format import MessageToDict
from oteltest.sink import HttpSink
from oteltest.sink.handler import AccumulatingHandler


class Telling(AccumulatingHandler):
    def handle_trace(self, request: Any, headers: Any) -> None:
        super().handle_trace(request, headers)
        print(json.dumps(MessageToDict(request)), flush=True)


sink = HttpSink(
    Telling(), logging.getLogger("otelsink"), int(sys.argv[1]), daemon=False
)
sink.start()
