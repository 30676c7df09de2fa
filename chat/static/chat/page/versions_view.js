import { element, iconButton } from "./element.js";
import { say } from "./words.js";

/** ‹ 2 / 3 › between the versions of a question or an answer; nothing for a single one. */
export function drawVersions({ number, count }, go) {
  if (count < 2) return null;
  const step = (name, label, steps, isThere) =>
    iconButton(name, label, () => go(steps), { disabled: !isThere });
  return element(
    "div.versions",
    { role: "group", "aria-label": say("Versions") },
    step("earlier", say("Earlier version"), -1, number > 1),
    element("span", {}, `${number} / ${count}`),
    step("later", say("Later version"), 1, number < count),
  );
}
