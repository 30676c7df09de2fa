"""Tokens of a client's users: those that hold, and every kind that does not."""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.access import clients, entrance, tokens
from chat.access.directory import directory
from chat.access.rates import Rates
from chat.models import Client, RefusalTally
from chat.tests.access.locked import HELLO, client_with_key, lock, wait_until_known
from chat.tests.requestlog.closed_rows import closed
from chat.tests.serving import Service, service_for
from chat.tests.waiting import SECONDS, eventually

pytestmark = pytest.mark.once

AUDIENCE = "zai-chat"


def public(key: Ed25519PrivateKey, encoding: Encoding = Encoding.PEM) -> bytes:
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form)


OURS, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PEM, THEIR_PEM = public(OURS).decode(), public(THEIRS).decode()


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(
    head: Any,
    claims: Any,
    key: Ed25519PrivateKey = OURS,
    signature: bytes | None = None,
) -> str:
    """A token as no library would make it."""
    text = f"{encoded(head)}.{encoded(claims)}"
    signature = key.sign(text.encode()) if signature is None else signature
    return f"{text}.{encoded(signature)}"


def claims(**changed: Any) -> dict[str, Any]:
    """Claims that hold; None takes one away."""
    whole = {"sub": "ann", "aud": AUDIENCE, "exp": int(time.time()) + 600, **changed}
    return {name: value for name, value in whole.items() if value is not None}


class Team:
    """A client whose users have tokens."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.head = {"alg": "EdDSA", "kid": f"client-{client.pk}"}

    def token(self, key: Ed25519PrivateKey = OURS, **changed: Any) -> str:
        return signed(self.head, claims(**changed), key)


@pytest.fixture(autouse=True)
def _locked(settings: Any, monkeypatch: pytest.MonkeyPatch, zai: Any) -> None:
    lock(settings, monkeypatch)


@pytest.fixture
def team(service: Service) -> Iterator[Team]:
    client, key = client_with_key(public_keys=PEM)
    wait_until_known(key)
    yield Team(client)


def post(service: Service, token: str, **body: Any) -> httpx.Response:
    return httpx.post(
        f"{service.url}/api/chat",
        json={**HELLO, **body},
        headers={"Authorization": f"Bearer {token}"},
        timeout=SECONDS,
        trust_env=False,
    )


def check_refused(
    service: Service, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "_wrong_keys", Rates())
    answer = post(service, token)
    assert answer.status_code == 401, (token[:60], answer.text)
    assert answer.json()["error"]["code"] == "unauthenticated"


def test_a_token_lets_a_user_in_and_names_it(service: Service, team: Team) -> None:
    answer = post(service, team.token(sub="ann@example"), user_id="somebody else")
    row = closed(answer.headers["x-request-id"])
    assert answer.status_code == 200
    assert (row.user_id, row.admitted_by) == ("ann@example", "token")
    assert row.client_id == team.client.pk


def test_a_token_as_pyjwt_makes_it_holds(service: Service, team: Team) -> None:
    made = jwt.encode(
        claims(), OURS, algorithm="EdDSA", headers={"kid": team.head["kid"]}
    )
    assert [post(service, made).status_code for _ in range(2)] == [200, 200]


def heads(team: Team, other: Client) -> Iterator[Any]:
    kid = team.head["kid"]
    for wrong in (
        *(None, "", "client-", "client-0", "client-999999", "client-+1", "client- 1"),
        *(f"client-0{team.client.pk}", f"{kid} ", f" {kid}", f"{kid}\0", kid.upper()),
        *("client-1e0", "client-" + "9" * 18, "client-" + "9" * 3000, "client-٣"),
        *("../../etc/passwd", "' OR 1=1 --", "http://evil.example/jwks", "\ud800"),
        *(team.client.pk, [kid], {"kid": kid}, True, f"client-{other.pk}"),
    ):
        yield {**team.head, "kid": wrong}
    yield {"alg": "EdDSA"}
    for alg in ("none", "None", "", None, "HS256", "RS256", "ES256", "Ed448", 7, []):
        yield {**team.head, "alg": alg}
    yield {"kid": kid}
    yield {**team.head, "crit": ["exp"]}
    yield {**team.head, "crit": []}
    yield {**team.head, "crit": "b64"}
    yield {**team.head, "b64": False, "crit": ["b64"]}
    yield [team.head]
    yield "head"
    yield None
    yield b"[" * 2500
    yield b'{"a":' * 500
    yield b'{"kid":' + b"[" * 2000 + b"]" * 2000 + b"}"
    yield b'{"n":' + b"9" * 2800 + b"}"
    yield b'{"n":1e400,"kid":"client-1"'
    yield b"\xff\xfe"
    yield b""


def test_no_other_head_is_believed(
    zai: Any, service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, key = client_with_key("Other", public_keys=THEIR_PEM)
    wait_until_known(key)
    for head in heads(team, other):
        check_refused(service, signed(head, claims()), monkeypatch)
    assert zai.state()["total"] == 0


def test_no_other_signature_is_believed(
    zai: Any, service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = f"{encoded(team.head)}.{encoded(claims())}"
    for secret in (
        *(public(OURS), public(OURS).strip(), public(OURS, Encoding.DER), b"", b"x"),
        *(PEM.replace("\n", "").encode(), str(team.client.pk).encode()),
    ):
        for name in ("HS256", "HS512"):
            head = {**team.head, "alg": name}
            text = f"{encoded(head)}.{encoded(claims())}"
            digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[name]
            mac = hmac.new(secret, text.encode(), digest).digest()
            check_refused(service, f"{text}.{encoded(mac)}", monkeypatch)
            # And as if it were what is asked for.
            mac = hmac.new(secret, texts.encode(), digest).digest()
            check_refused(service, f"{texts}.{encoded(mac)}", monkeypatch)
    for signature in (b"", b"\0" * 64, b"\0" * 63, b"\xff" * 64, b"x" * 2000):
        check_refused(
            service, signed(team.head, claims(), signature=signature), monkeypatch
        )
    check_refused(service, team.token(THEIRS), monkeypatch)
    whole = team.token()
    head, body, signature = whole.split(".")
    for spoilt in (
        *(f"{head}.{body}.", f"{head}..{signature}", f"{head}.{body}.{signature}."),
        *(f"{head}.{encoded(claims(sub='eve'))}.{signature}", f"{whole}.{whole}"),
        *(f"{head}.{body}.{signature}!", f"{head}.{body}.{signature[:-2]}"),
        *(whole + "x" * 4096, f"{head}.{'x' * 4096}.{signature}"),
    ):
        check_refused(service, spoilt, monkeypatch)
    assert zai.state()["total"] == 0


NOW = 1_000_000_000  # nothing holds that was made for then


def bodies() -> Iterator[Any]:
    now = int(time.time())
    for name in ("sub", "aud", "exp"):
        yield claims(**{name: None})
    for audience in ("", "zai", "ZAI-CHAT", [AUDIENCE], [AUDIENCE, "x"], {}, 7, True):
        yield claims(aud=audience)
    for subject in ("", "x" * 129, 7, ["ann"], {"id": "ann"}, True):
        yield claims(sub=subject)
    for expiry in (
        *(str(now + 600), f"{now + 600}.5", "", "never", [now + 600], {}, True, False),
        *(0, -1, NOW, 10**30, -(10**30), now - 31, now + 16 * 60, now * 1000),
    ):
        yield claims(exp=expiry)
    for number in (b"NaN", b"1e400", b"Infinity", b"-1e400", b"9" * 900):
        yield b'{"sub":"ann","aud":"zai-chat","exp":%s}' % number
    for start in (now + 120, str(now + 120), "x", [], {}, 10**30):
        yield claims(nbf=start)
    for issued in (now + 3600, "x", [], {}):
        yield claims(iat=issued)
    yield from ([], "claims", 7, b"", b"{", b"[" * 2500, b"\xff", b"null")


def test_no_other_claims_are_believed(
    zai: Any, service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed as they are by the client itself."""
    for body in bodies():
        check_refused(service, signed(team.head, body), monkeypatch)
    assert zai.state()["total"] == 0


def test_clocks_may_differ_by_half_a_minute(service: Service, team: Team) -> None:
    now = int(time.time())
    for expiry in (now - 20, now + 15 * 60 + 20):
        assert post(service, team.token(exp=expiry)).status_code == 200
    assert post(service, team.token(nbf=now + 20)).status_code == 200


def test_a_token_holds_for_29_seconds_after_its_end_and_not_for_31(
    service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was used before, too."""
    end = int(time.time()) + 600
    used, fresh = team.token(exp=end), [team.token(exp=end, jti=n) for n in "ab"]
    assert post(service, used).status_code == 200

    class Later(datetime):
        at = end

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(cls.at, UTC)

    monkeypatch.setattr(jwt.api_jwt, "datetime", Later)
    monkeypatch.setattr(tokens.time, "time", lambda: float(Later.at))
    Later.at = end + 29
    assert post(service, used).status_code == 200
    assert post(service, fresh[0]).status_code == 200
    Later.at = end + 31
    for token in (used, *fresh):
        assert post(service, token).status_code == 401


def test_a_token_that_was_used_ends_with_its_client(
    service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = team.token()
    assert post(service, token).status_code == 200
    clients.revoke_client(team.client)
    eventually(lambda: directory.client(team.client.pk).problem == "revoked")  # type: ignore[union-attr]
    check_refused(service, token, monkeypatch)


def test_a_token_that_was_used_ends_with_the_key_that_signed_it(
    service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = team.token()
    assert post(service, token).status_code == 200
    Client.objects.update(public_keys=f"{THEIR_PEM}\n{PEM}")
    known = lambda: directory.client(team.client.pk).public_keys  # type: ignore[union-attr] # noqa: E731
    eventually(lambda: known() != PEM)
    assert post(service, token).status_code == 200
    Client.objects.update(public_keys=THEIR_PEM)
    eventually(lambda: known() == THEIR_PEM)
    check_refused(service, token, monkeypatch)
    assert post(service, team.token(THEIRS)).status_code == 200
    Client.objects.update(public_keys="")
    eventually(lambda: not known())
    check_refused(service, team.token(THEIRS), monkeypatch)


def test_each_of_five_keys_signs(
    service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [Ed25519PrivateKey.generate() for _ in range(5)]
    Client.objects.update(public_keys="".join(public(p).decode() for p in pairs))
    eventually(
        lambda: directory.client(team.client.pk).public_keys != PEM  # type: ignore[union-attr]
    )
    for pair in pairs:
        assert post(service, team.token(pair)).status_code == 200
    check_refused(service, team.token(), monkeypatch)


def test_public_keys_that_cannot_be_read_let_nobody_in(
    service: Service, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody may write into the database by hand."""
    Client.objects.update(public_keys="no key\n" + PEM)
    eventually(
        lambda: directory.client(team.client.pk).public_keys != PEM  # type: ignore[union-attr]
    )
    check_refused(service, team.token(), monkeypatch)


def test_an_open_service_believes_no_token_of_a_client_that_does_not_hold(
    settings: Any, zai: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHAT_ACCESS = "open"
    client, key = client_with_key(public_keys=PEM)
    team = Team(client)
    with service_for() as service:
        wait_until_known(key)
        check_refused(service, team.token(exp=int(time.time()) - 60), monkeypatch)
        assert post(service, team.token()).status_code == 200
        # Of somebody else's sites; many clients send some token, wanted or not.
        foreign = signed({"alg": "HS256", "kid": "x"}, {}, signature=b"x")
        assert post(service, foreign).status_code == 200


def test_the_log_tells_why_and_never_the_token(
    service: Service, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = team.token(sub="secret-subject", exp=int(time.time()) - 60)
    assert post(service, token).status_code == 401
    assert "ExpiredSignatureError" in caplog.text
    for part in (*token.split("."), "secret-subject"):
        assert part not in caplog.text
    eventually(lambda: RefusalTally.objects.filter(reason="wrong_token").exists())
