"""Answers as GLM writes them, on the page: drawn as meant, also as they grow."""

import re
import unicodedata
from collections import Counter
from typing import Any

import pytest

from chat.tests.browser.chat_page import ChatPage, Says, said
from chat.tests.written import answers
from chat.tests.written.outline import outline

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

# Every text drawn at once and as it grows by pieces of one to seven bytes, a piece a
# frame; the clock stands still, so that no frame is left out. `raw` is what was shown
# of a formula while it came, which is nothing.
DRAW = """async (texts) => {
  const at = "/static/chat/page/";
  const { GrowingText } = await import(`${at}growing_text.js`);
  await (await import(`${at}drawn_math.js`)).loadKatex();
  await (await import(`${at}code.js`)).loadColours();
  performance.now = () => 0;
  window.requestAnimationFrame = (step) => (step(), 0);
  let seed = 11;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const shown = (root) => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll(".math, code").forEach((part) => part.remove());
    return copy.textContent;
  };
  return texts.map((text) => {
    const [grown, whole] = ["div", "div"].map((name) => document.createElement(name));
    new GrowingText(whole).finish(text);
    const growing = new GrowingText(grown);
    const bytes = new TextEncoder().encode(text);
    const decoder = new TextDecoder();
    let [come, raw] = ["", ""];
    for (let from = 0; from < bytes.length; ) {
      const to = from + 1 + Math.floor(random() * 7);
      come += decoder.decode(bytes.subarray(from, to), { stream: true });
      from = to;
      growing.grow(come);
      if (/\\\\(?:frac|begin|sqrt|sum)/.test(shown(grown))) raw ||= shown(grown);
    }
    growing.finish(text);
    const signs = [...whole.querySelectorAll("math")].map((math) => {
      const tex = math.querySelector("annotation").textContent;
      math.querySelector("annotation").textContent = "";
      const drawn = math.textContent;
      math.querySelector("annotation").textContent = tex;
      return [tex, drawn];
    });
    return { html: whole.innerHTML, isSame: grown.isEqualNode(whole), raw, signs };
  });
}"""


async def test_every_answer_is_drawn_as_it_is_meant_also_as_it_grows(
    chat: ChatPage,
) -> None:
    written = answers()
    assert len(written) >= 60
    drawn = await chat.page.evaluate(DRAW, [one.text for one in written])
    for one, seen in zip(written, drawn, strict=True):
        assert outline(seen["html"]) == one.drawn, one.name
        assert seen["isSame"], f"{one.name}: it is another when it grew"
        # One that is never closed is not known to be a formula; it is text at the end.
        assert not seen["raw"] or "cannot" in one.name, one.name
        for tex, shown in seen["signs"]:
            assert signs_of_tex(tex) <= signs(shown), f"{one.name}: {tex} is {shown}"


async def test_a_formula_of_thousands_of_letters_keeps_its_signs(
    chat: ChatPage,
) -> None:
    tex = f"x={'a+' * 2_000}b"
    texts = [f"${tex}$", rf"\({tex}\)", f"$${tex}$$", rf"\[{tex}\]"]
    for drawn in await chat.page.evaluate(DRAW, [f"So {text}." for text in texts]):
        [[source, shown]] = drawn["signs"]
        assert source == tex
        assert signs_of_tex(tex) <= signs(shown)


def signs(text: str) -> Counter[str]:
    """How often each digit, letter and sign of reckoning is there."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("∣", "|")
    return Counter(re.findall(r"[0-9a-zA-Z=+<>|-]|[\u4e00-\u9fff]", plain))


def signs_of_tex(tex: str) -> Counter[str]:
    """Those that have to be drawn: without commands, names and colours."""
    names = r"\\(?:begin|end|textcolor|colorbox)\{[^}]*\}(?:\{[|clr]+\})?"
    return signs(re.sub(rf"{names}|\\[a-zA-Z]+ ?|\\.", " ", tex))


async def test_nothing_jumps_while_formulas_come(chat: ChatPage) -> None:
    text = next(one.text for one in answers() if one.name == "mixed: a whole answer")
    heights: list[int] = await chat.page.evaluate(GROW, text[: text.index("| $")])
    assert heights == sorted(heights)


GROW = """async (text) => {
  const at = "/static/chat/page/";
  const { GrowingText } = await import(`${at}growing_text.js`);
  await (await import(`${at}drawn_math.js`)).loadKatex();
  performance.now = () => 0;
  window.requestAnimationFrame = (step) => (step(), 0);
  const root = document.createElement("div");
  root.className = "markdown";
  document.getElementById("scroller").append(root);
  const growing = new GrowingText(root);
  const heights = [];
  for (let end = 1; end <= text.length; end += 2) {
    growing.grow(text.slice(0, end));
    heights.push(root.offsetHeight);
  }
  return heights;
}"""


@pytest.mark.parametrize(
    ("tex", "row"),
    [
        (r"\cos\theta + i\sin\theta", "cos␣θ+i␣sin␣θ"),
        (r"\sin(x) = 2\sin^2 y", "sin(x)=2␣sin2␣y"),
        (r"\lim_{n \to 0} f - \log x", "limn→0␣f−log␣x"),
        (r"-\max(a, b)", "−max(a,b)"),
    ],
)
async def test_names_of_functions_stand_apart(
    chat: ChatPage, tex: str, row: str
) -> None:
    """As TeX sets them: a thin space before words, and none before a bracket."""
    assert await chat.page.evaluate(NAMES, tex) == row


# The parts of a formula in a row; ␣ is a space that was put in, U+2061 nothing.
NAMES = """async (tex) => {
  const at = "/static/chat/page/";
  const { drawMath, loadKatex } = await import(`${at}drawn_math.js`);
  await loadKatex();
  const [root, math] = ["div", "span"].map((name) => document.createElement(name));
  root.append(math);
  math.className = "math";
  math.textContent = `$${tex}$`;
  drawMath(root);
  const parts = [...math.querySelector("semantics > mrow").children];
  const texts = parts.map((e) => (e.localName === "mspace" ? "␣" : e.textContent));
  return texts.join("").replaceAll("\u2061", "").replaceAll(/[ \u00a0]/g, "");
}"""


async def test_what_formulas_need_is_loaded_with_the_first(
    told: ChatPage, says: Says
) -> None:
    says.pieces = ["It costs $5 and ", "$10, **really**."]
    answer = await told.ask("Price")
    assert not [url for url in told.addresses if "katex" in url]
    says.pieces = [r"Half is $\frac{1}", "{2}$."]
    answer = await told.ask("Formula")
    await said(answer).locator("mfrac").wait_for()
    assert len([url for url in told.addresses if "katex" in url]) == 1
    styles: list[Any] = await said(answer).evaluate(
        "e => [...e.querySelectorAll('[style]')]"
    )
    assert styles == []
