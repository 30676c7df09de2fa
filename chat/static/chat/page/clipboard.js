import { announce } from "./announcer.js";
import { say } from "./words.js";

const SHOWN = 2000; // milliseconds

/** Serve every copy button in `root`, those to come as well. */
export function serveCopying(root) {
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy], [data-copy-code]");
    if (button) copy(button, textFor(button));
  });
}

function textFor(button) {
  if (button.dataset.copy !== undefined) return button.dataset.copy;
  return button.closest(".code-frame").querySelector(".code").textContent;
}

export async function copy(button, text) {
  const done = await put(text);
  announce(done ? say("Copied") : say("The browser does not let the page copy."));
  button.classList.toggle("copied", done);
  const label = button.querySelector("span");
  if (label) label.textContent = done ? say("Copied") : say("Not copied");
  setTimeout(() => {
    button.classList.remove("copied");
    if (label) label.textContent = say("Copy");
  }, SHOWN);
}

/** The clipboard is there on secure pages only; elsewhere it is done the old way. */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return putSelected(text);
  }
}

function putSelected(text) {
  const held = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  held?.focus();
  return done;
}
