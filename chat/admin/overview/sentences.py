"""What a code of ours or of Z.AI's means, in a sentence for whoever pays.

Z.AI's: its API reference, and what was seen on the wire; see `upstream/codes`.
"""

from chat.ending import Ending

_OURS = {
    "invalid_request": "The body cannot be read, or a field of it is wrong.",
    "unauthenticated": "No key, or one that is unknown, revoked or expired.",
    "not_allowed": "The client may not use this model, or not this way.",
    "not_found": "There is nothing at this path.",
    "method_not_allowed": "Not asked by POST.",
    "body_timeout": "The question did not arrive in time.",
    "body_too_large": "The question is larger than CHAT_MAX_BODY_BYTES.",
    "unsupported_media_type": "The question is no JSON.",
    "head_too_large": "Its path or its headers are too long.",
    "rate_limited": "More requests than the client, its user or its address may make.",
    "budget_spent": "A budget is spent.",
    "not_configured": "ZAI_API_KEY is missing here, or no key.",
    "at_capacity": "As many answers were open as may be.",
    "access_unknown": "It could not be read yet who may ask.",
    "shutting_down": "The service was stopping.",
    "interrupted": "The service was stopped or died before the answer was whole.",
    "stopped": "An operator stopped the answer.",
    "upstream_failed": "Z.AI could not be reached, broke off, or sent what cannot be"
    " read.",
    "upstream_timeout": "Z.AI did not answer, or fell silent, for too long.",
    "queue_timeout": "It waited in the queue for as long as it may.",
}
_KEY = "Z.AI refuses the key."
_LOCKED = "The account at Z.AI is locked, inactive or unknown."
_PLAN = "The plan at Z.AI has ended, or lacks this model or API."
_LIMIT = "A limit of the account or its plan at Z.AI is reached until it is reset."
_BROKEN = "Z.AI is broken."
_ZAI = {
    **dict.fromkeys(("401", "1000", "1001", "1002", "1003", "1004"), _KEY),
    **dict.fromkeys(("1110", "1111", "1112", "1121"), _LOCKED),
    **dict.fromkeys(("1220", "1222", "1309", "1311", "1314", "1315"), _PLAN),
    **dict.fromkeys(("1304", "1308", "1310", "1313"), _LIMIT),
    **dict.fromkeys([str(n) for n in range(1316, 1322)], _LIMIT),
    **dict.fromkeys(("500", "1230", "1231", "1234", "2007", "3002"), _BROKEN),
    **dict.fromkeys(("1210", "1213", "1214", "1215"), "Z.AI refuses a parameter."),
    "1113": "The account at Z.AI has no balance.",
    "1120": "The account at Z.AI is out of reach for the moment.",
    "1200": "Z.AI refuses the call.",
    "1211": "Z.AI does not know the model.",
    "1212": "The model does not take this kind of call.",
    "1221": "The model is offline.",
    "1261": "The question is too long for the model.",
    "1300": "Z.AI’s content policy.",
    "1301": "Z.AI’s content policy.",
    "1302": "More at a time than Z.AI lets the account.",
    "1303": "More often than Z.AI lets the account.",
    "1305": "Z.AI is overloaded.",
    "1312": "The model is busy at Z.AI.",
}
_BY_ENDING = {
    Ending.REFUSED: "This service turned it away.",
    Ending.UPSTREAM_REJECTED: "Z.AI answered with an error.",
    Ending.UPSTREAM_FAILED: "Z.AI failed.",
    Ending.UPSTREAM_TIMEOUT: "Z.AI was too slow.",
    Ending.INTERRUPTED: _OURS["interrupted"],
    Ending.FAILED: "A fault of this service; its log has it.",
}


def sentence_of(code: str, ending: str) -> str:
    """Return what happened; by the ending where the code is none that is known."""
    by_code = _OURS.get(code) or _ZAI.get(code)
    return by_code or next((s for e, s in _BY_ENDING.items() if e == ending), "")
