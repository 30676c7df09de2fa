from chat.models.alert import Alert
from chat.models.caller_tally import CallerKind, CallerSpan, CallerTally
from chat.models.client import Client, ClientKey
from chat.models.conversation import Message, RequestText
from chat.models.diagnosis import Diagnosis
from chat.models.gate_share import GateShare
from chat.models.lane import LaneReport
from chat.models.process import Process
from chat.models.request_log import RequestLog
from chat.models.spending import Period, RefusalTally, Scope, Spending
from chat.models.tally import EndingTally, ReasonTally, Span, TimingTally

__all__ = [
    "Alert",
    "CallerKind",
    "CallerSpan",
    "CallerTally",
    "Client",
    "ClientKey",
    "Diagnosis",
    "EndingTally",
    "GateShare",
    "LaneReport",
    "Message",
    "Period",
    "Process",
    "ReasonTally",
    "RefusalTally",
    "RequestLog",
    "RequestText",
    "Scope",
    "Span",
    "Spending",
    "TimingTally",
]
