import { element, iconButton } from "./element.js";
import { adminPage } from "./server.js";

const UNKNOWN = "unknown";
const MEASURABLE = 100; // milliseconds; in less it is the network that is measured

/** What is known of an answer, in words. What was not seen is unknown, never 0. */
export function figuresOf(answer) {
  const began = answer.state === "refused" ? [] : beganFigures(answer);
  return [["Model", answer.model], ...began, ["In all", seconds(answer.ended)]];
}

function beganFigures(answer) {
  return [
    ...tokenFigures(answer.usage),
    ["First word", seconds(answer.firstWord)],
    ["Speed", speed(answer)],
  ];
}

function tokenFigures(usage) {
  if (!usage) return [["Tokens", UNKNOWN]];
  const thoughts = usage.completion_tokens_details?.reasoning_tokens;
  return [
    ["Question", tokens(usage.prompt_tokens)],
    ["Answer", tokens(usage.completion_tokens)],
    ...(thoughts ? [["of it thoughts", thoughts.toLocaleString("en")]] : []),
  ];
}

/**
 * Tokens a second, from the first event to the last. An answer that came in one piece has
 * no speed that could be measured, nor has one without a token count.
 */
export function speed({ usage, firstEvent, lastEvent }) {
  const count = usage?.completion_tokens;
  const milliseconds = lastEvent - firstEvent;
  if (!count || milliseconds < MEASURABLE) return UNKNOWN;
  const rate = (1000 * count) / milliseconds;
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString("en")} tokens/s`;
}

export function seconds(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return UNKNOWN;
  const value = milliseconds / 1000;
  return `${value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0)} s`;
}

function tokens(count) {
  if (typeof count !== "number") return `${UNKNOWN} tokens`;
  return `${count.toLocaleString("en")} ${count === 1 ? "token" : "tokens"}`;
}

export function drawFigures(answer) {
  const rows = figuresOf(answer).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  );
  if (answer.requestId) rows.push(requestRow(answer.requestId));
  return element("dl.figures", {}, ...rows);
}

function requestRow(requestId) {
  const page = adminPage(requestId);
  const id = page
    ? element("a", { href: page, title: "The request in the admin" }, requestId)
    : requestId;
  return element(
    "div",
    {},
    element("dt", {}, "Request"),
    element("dd.request-id", {}, id, copyButton("Copy the request id", requestId)),
  );
}

export function copyButton(label, text) {
  return iconButton("copy", label, undefined, { "data-copy": text });
}
