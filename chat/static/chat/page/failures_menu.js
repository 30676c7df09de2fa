import { element } from "./element.js";
import { scenarios } from "./server.js";

const byId = (id) => document.getElementById(id);

/** The words of the simulator as a menu, where it is the simulator that answers. */
export function serveFailures(play) {
  if (!scenarios) return;
  document.querySelectorAll("[data-simulator]").forEach((part) => (part.hidden = false));
  const menu = byId("failures");
  const list = byId("failures-list");
  const filter = byId("failures-filter");
  list.replaceChildren(...scenarios.map((scenario) => row(scenario)));
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    menu.hidePopover();
    play(button.dataset.word);
  });
  filter.addEventListener("input", () => narrow(list, filter.value));
  menu.addEventListener("keydown", (event) => walk(event, filter, list));
  menu.addEventListener("toggle", ({ newState }) => {
    byId("failures-button").setAttribute("aria-expanded", String(newState === "open"));
    if (newState !== "open") return;
    filter.value = "";
    narrow(list, "");
    filter.focus();
  });
}

function row({ name, default: value, sentence }) {
  const word = value ? `sim:${name}=${value}` : `sim:${name}`;
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", "data-word": word },
      element("code", {}, word),
      element("span", {}, sentence),
    ),
  );
}

function narrow(list, text) {
  const wanted = text.trim().toLowerCase();
  for (const item of list.children) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
}

/** Up and down go through the rows that are shown; Enter in the filter takes the first. */
function walk(event, filter, list) {
  const buttons = [...list.querySelectorAll("li:not([hidden]) button")];
  const at = buttons.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 };
  if (event.key === "Enter" && event.target === filter) {
    event.preventDefault();
    buttons[0]?.click();
  } else if (event.key in next && !(event.target === filter && isWriting(event.key))) {
    event.preventDefault();
    (buttons[next[event.key]] ?? filter).focus();
  }
}

function isWriting(key) {
  return key === "Home" || key === "End";
}
