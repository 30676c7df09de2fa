"""English for those of Z.AI's errors that it puts in Chinese, by its code."""

from chat.upstream.codes import Meaning

SENTENCES = {
    "1200": "Z.AI could not make this call.",
    "1210": "Z.AI does not take a parameter of this request.",
    "1211": "Z.AI has no model of this name.",
    "1212": "The model does not support this method.",
    "1213": "Z.AI misses a field of this request.",
    "1214": "Z.AI does not take a field of this request.",
    "1215": "Two fields of this request exclude each other.",
    "1221": "Z.AI no longer offers this model.",
    "1261": "The conversation is too long for the model.",
    "1300": "Z.AI's content policy forbids this request.",
    "1301": "Z.AI's content policy forbids this request or its answer.",
    "1302": "Too many requests at Z.AI at a time.",
    "1303": "Requests to Z.AI come too fast.",
    "1304": "Today's limit at Z.AI is reached.",
    "1305": "Z.AI is overloaded.",
    "1308": "The limit at Z.AI is reached until it is reset.",
    "1310": "The week's or the month's limit at Z.AI is reached.",
    "1312": "The model is busy.",
    "1313": "Z.AI's rules of fair use limit this account.",
    "1316": "The limit of five hours at Z.AI is reached.",
    "1317": "The limit of seven days at Z.AI is reached.",
}


def in_english(text: str, code: str, means: Meaning) -> str:
    """Return Z.AI's `text`; where it is Chinese, behind a sentence of ours."""
    if not any("\u3400" <= letter <= "\u9fff" for letter in text):
        return text
    return f"{SENTENCES.get(code) or _general(means)} Z.AI's words: {text}"


def _general(means: Meaning) -> str:
    if means.status == 400:
        return "Z.AI does not take this request."
    if means.status == 429:
        return "A limit at Z.AI is reached."
    return "Z.AI could not answer."
