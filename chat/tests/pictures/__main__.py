"""Take the pictures of `docs/` with a service of its own, on a database of its own.

It needs Chromium, and fonts with Chinese and Arabic letters. Look at each picture.
"""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
EULER = r"""### Euler's formula

For any real $\theta$:

$$
e^{i\theta} = \cos\theta + i\sin\theta
$$

| $\theta$ | $e^{i\theta}$ |
| --- | --- |
| $0$ | $1$ |
| $\pi$ | $-1$ |

1. **Derivation:** expand in a series
   $$
   e^{i\theta} = \sum_{n=0}^{\infty} \frac{(i\theta)^n}{n!}
   $$
2. **Check:** at $\theta = \pi$ it is $-1$.
"""
TIDES = r"""## 潮汐是怎样来的？

**一句话：**月球和太阳的引力把海水拉向不同的方向。

| 潮汐 | 什么时候 | 特点 |
| --- | --- | --- |
| **大潮**（spring tide） | 新月、满月 | 涨落最大 |
| **小潮**（neap tide） | 上弦、下弦 | 涨落最小 |

月球的**“引潮力”**与距离的三次方成反比：$F \propto \dfrac{M}{r^3}$。因此离得近的月球"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "CHAT_SPOOL_DIR": f"{folder}/spool",
            "SECRET_KEY": "for-pictures-only",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CHAT_PAGE": "all",
        }
        from config import dotenv

        dotenv.PATH = Path(os.devnull)
        import django

        django.setup()
        _take()


def _take() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from chat.tests.browser.chat_page import Says
    from chat.tests.pictures.traffic import store_a_day
    from chat.tests.serving import point_at, serving

    call_command("migrate", verbosity=0)
    settings.SESSION_COOKIE_SECURE = False
    settings.SESSION_COOKIE_NAME = "session"  # a browser takes __Host-… over TLS only
    shown = store_a_day()
    says = Says()
    with serving(says, lifespan="off") as zai:
        point_at(settings, f"{zai}/v4")
        with serving() as url:
            cookies = _logged_in(url)
            asyncio.run(_photograph(url, shown, cookies, says))


def _logged_in(url: str) -> list[dict[str, str]]:
    from chat.tests.admin.people import logged_in

    with logged_in(url, "ada", is_superuser=True) as browser:
        cookies = browser.cookies.items()
    return [{"name": name, "value": value, "url": url} for name, value in cookies]


async def _photograph(url: str, shown: str, cookies: Any, says: Any) -> None:
    from playwright.async_api import async_playwright

    from chat.tests.browser.chromium import CHROMIUM, QUIET
    from chat.tests.pictures.traffic import store_open

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)

        async def opened(width: int, height: int, scheme: Any, **more: Any) -> Any:
            size = {"width": width, "height": height}
            context = await browser.new_context(
                viewport=size, color_scheme=scheme, **more
            )
            if "locale" not in more:  # whoever chats is a visitor
                await context.add_cookies(cookies)
            return await context.new_page()

        page = await opened(1440, 900, "light")
        await page.goto(f"{url}/admin/chat/requestlog/")
        await _keep(page, "list-light")
        await page.goto(f"{url}/admin/chat/requestlog/{shown}/change/")
        await page.locator(".message.answer math").first.wait_for()
        await _keep(page, "request-light")
        await asyncio.to_thread(store_open)
        page = await opened(1280, 800, "dark")
        await page.goto(f"{url}/admin/now/")
        await page.get_by_text("Refreshes every").wait_for()
        await _keep(page, "now-dark")
        page = await opened(1280, 800, "light")
        await page.goto(f"{url}/admin/")
        await _keep(page, "overview-light", full_page=True)
        await page.goto(f"{url}/admin/callers/")
        await _keep(page, "callers-light")
        await page.get_by_role("link", name="user-4711").first.click()
        await page.wait_for_url("**/admin/callers/user/**")
        await _keep(page, "caller-light", full_page=True)

        says.pieces = [EULER]
        page = await _asked(
            opened(1100, 820, "light", locale="en"), url, "What is Euler's formula?"
        )
        await _keep(page, "page-light")
        says.pieces, says.finish = [TIDES], "length"
        chinese = opened(1100, 820, "dark", locale="zh-CN")
        page = await _asked(chinese, url, "潮汐是怎样来的？")
        await _keep(page, "page-dark")


async def _asked(opening: Any, url: str, question: str) -> Any:
    page = await opening
    await page.goto(url)
    await page.locator("html[data-ready]").wait_for()
    await page.locator("#question").fill(question)
    await page.locator("#question").press("Enter")
    await page.locator("article[aria-busy=false] math").first.wait_for()
    await page.locator("#question").blur()
    return page


async def _keep(page: Any, name: str, **options: Any) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", **options)


if __name__ == "__main__":
    main()
