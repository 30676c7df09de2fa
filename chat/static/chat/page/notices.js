import { element, iconButton } from "./element.js";
import { say } from "./words.js";

const SHOWN = 8000; // milliseconds

/**
 * Show a sentence for a while, or till it is closed.
 *
 * @param {string} text
 * @param {{ action?: string, run?: () => void, stays?: boolean }} [options] `action`
 *   names a button that runs `run`
 */
export function notice(text, { action, run, stays = false } = {}) {
  const close = () => shown.remove();
  const act = () => {
    close();
    run();
  };
  const shown = element(
    "div.notice",
    {},
    element("span", {}, text),
    action && element("button.notice-action", { type: "button", click: act }, action),
    iconButton("close", say("Close"), close),
  );
  document.getElementById("notices").append(shown);
  if (!stays) goLater(shown, SHOWN);
}

/** Not while somebody is about to press its button. */
function goLater(shown, wait) {
  setTimeout(() => {
    const isInUse = shown.matches(":hover, :focus-within");
    if (isInUse) goLater(shown, SHOWN / 4);
    else shown.remove();
  }, wait);
}
