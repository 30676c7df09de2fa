from chat.models.conversation import Message, RequestText
from chat.models.process import Process
from chat.models.request_log import RequestLog
from chat.models.tally import EndingTally, Span, TimingTally

__all__ = [
    "EndingTally",
    "Message",
    "Process",
    "RequestLog",
    "RequestText",
    "Span",
    "TimingTally",
]
