from chat.models.conversation import Message, RequestText
from chat.models.diagnosis import Diagnosis
from chat.models.process import Process
from chat.models.request_log import RequestLog
from chat.models.tally import EndingTally, Span, TimingTally

__all__ = [
    "Diagnosis",
    "EndingTally",
    "Message",
    "Process",
    "RequestLog",
    "RequestText",
    "Span",
    "TimingTally",
]
