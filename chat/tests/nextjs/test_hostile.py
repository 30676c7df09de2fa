"""Nothing that Z.AI or a reader writes comes alive on the page."""

from typing import Any

import pytest

from chat.tests.nextjs.conftest import OpenTab, Serve
from chat.tests.nextjs.tab import PATHS
from chat.tests.nextjs.test_failing import event
from chat.tests.scripted_zai import answering, scripted
from chat.tests.serving import point_at

HOSTILE = """A <b>bold</b> one <img src=x onerror="window.hit = 1">

<script>window.hit = 1</script>

<iframe srcdoc="<script>parent.hit = 1</script>"></iframe>

[first](javascript:window.hit=1) [second](data:text/html,<script>parent.hit=1</script>)
![third](http://127.0.0.1:9/picture.png)
"""
ALIVE = ":is(script, iframe, img, b, [onerror], [href^='javascript:'], [href^='data:'])"


@pytest.mark.parametrize("path", PATHS)
async def test_a_hostile_answer_stays_text(
    open_tab: OpenTab, serve: Serve, settings: Any, start: str, path: str
) -> None:
    thought = event(HOSTILE).replace(b'"content"', b'"reasoning_content"')
    end = event("The end.", finish_reason="stop")
    with scripted(answering(thought, event(HOSTILE), end)) as base_url:
        point_at(settings, base_url)
        with serve():
            tab = await open_tab(start, path)
            await tab.ask(HOSTILE)
            await tab.answer.filter(has_text="The end.").wait_for()
    await tab.page.get_by_test_id("reasoning").locator("summary").click()
    for link in await tab.answer.get_by_role("link").all():
        assert await link.get_attribute("href") in (
            "",
            "http://127.0.0.1:9/picture.png",
        )
    assert "onerror" in await tab.answer.inner_text()
    assert not await tab.page.locator(f"[data-role] {ALIVE}").count()
    assert await tab.page.evaluate("() => window.hit") is None
