"""Who may ask through the example's own server, and as whom."""

import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from playwright.async_api import expect

from chat.tests.nextjs.conftest import OpenTab
from chat.tests.nextjs.signing_in import answer_to, make_token_keys, signed_in
from chat.tests.nextjs.site import PASSWORD, Site
from chat.tests.nextjs.tab import Tab
from chat.tests.requestlog.closed_rows import only_row
from chat.tests.serving import Service
from chat.tests.waiting import SECONDS

ASKING = {"messages": [{"role": "user", "content": "Hello"}]}
BY_USE_CHAT = {
    "trigger": "submit-message",
    "messages": [{"role": "user", "parts": [{"type": "text", "text": "Hello"}]}],
}


def post(site: str, cookie: str, body: Any, path: str = "/handler/chat") -> Any:
    headers = {"Cookie": cookie} if cookie else {}
    return httpx.post(
        site + path, json=body, headers=headers, timeout=SECONDS, trust_env=False
    )


@pytest.mark.parametrize("body", [ASKING, BY_USE_CHAT])
@pytest.mark.parametrize("said", [{}, {"user_id": "somebody-else"}])
def test_the_service_is_told_who_has_signed_in(
    service: Service, start: str, cookie: str, body: dict[str, Any], said: Any
) -> None:
    assert post(start, cookie, {**body, **said}).status_code == 200
    assert only_row().user_id == "user-ada"


STRANGERS = {
    "nobody": "",
    "somebody else's cookie": "other=1",
    "no signature": "session=user-ada",
    "a signature of no algorithm": "session="
    + jwt.encode({"sub": "user-ada"}, None, algorithm="none"),
    "a signature of somebody else": "session="
    + jwt.encode({"sub": "user-ada"}, "k" * 32, algorithm="HS256"),
}


@pytest.mark.parametrize("who", STRANGERS)
def test_the_service_hears_nothing_of_a_stranger(
    service: Service, zai: Any, start: str, who: str
) -> None:
    before = zai.state()["total"]
    for told in (
        post(start, STRANGERS[who], ASKING),
        httpx.get(
            f"{start}/token", headers={"Cookie": STRANGERS[who]}, trust_env=False
        ),
    ):
        assert (told.status_code, told.json()["error"]["code"]) == (401, "signed_out")
    assert zai.state()["total"] == before


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_what_is_no_question_is_refused(
    service: Service, start: str, cookie: str, body: Any
) -> None:
    assert post(start, cookie, body).json()["error"]["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong"), ("ada", ""), ("<b>", PASSWORD), ("a" * 31, PASSWORD), ("", "")],
)
def test_the_form_says_what_is_wrong(start: str, name: str, password: str) -> None:
    answer = answer_to(start, name, password)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert "Name or password is wrong." in answer.text


def test_no_script_and_no_other_site_gets_the_cookie(start: str) -> None:
    told = answer_to(start, " Ada ").headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told


async def test_a_reader_signs_in_asks_and_signs_out(
    open_tab: OpenTab, service: Service, start: str
) -> None:
    tab = await open_tab(start, "/", "handler", is_stranger=True)
    await tab.ask("Hello")
    await expect(tab.error).to_contain_text("Sign in first.")
    await tab.error.get_by_role("link", name="Sign in").click()
    page = tab.page
    await page.get_by_label("Name").fill("grace")
    await page.get_by_label("Password").fill("wrong")
    await tab.press("Sign in")
    await expect(tab.error).to_have_text("Name or password is wrong.")
    await page.get_by_label("Name").fill("grace")
    await page.get_by_label("Password").fill(PASSWORD)
    await tab.press("Sign in")
    await page.get_by_role("textbox", name="Message").wait_for()
    tab = Tab(page)  # the conversation begins anew
    await tab.ask("Hello")
    assert await tab.finished()
    await page.get_by_role("link", name="You").click()
    await expect(page.get_by_text("user-grace")).to_be_visible()
    await tab.press("Sign out")
    await page.get_by_label("Password").wait_for()
    assert not await page.context.cookies()


def test_the_site_makes_tokens_of_ten_minutes(site: Site) -> None:
    public, variables = make_token_keys()
    with site.with_variables(**variables).served("start") as url:
        headers = {"Cookie": signed_in(url, "grace")}
        told = httpx.get(f"{url}/token", headers=headers, trust_env=False)
    assert told.headers["cache-control"] == "no-store"
    token = told.json()["token"]
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "client-1"}
    key = load_pem_public_key(public.encode())
    assert isinstance(key, Ed25519PublicKey)
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="zai-chat")
    assert (claims["sub"], set(claims)) == ("user-grace", {"sub", "aud", "exp"})
    assert 500 < claims["exp"] - time.time() <= 600


def test_without_a_key_there_is_no_token(start: str, cookie: str) -> None:
    headers = {"Cookie": cookie}
    told = httpx.get(f"{start}/token", headers=headers, trust_env=False)
    assert told.json() == {"token": None}
