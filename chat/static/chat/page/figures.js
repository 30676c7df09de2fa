import { element, iconButton } from "./element.js";
import { adminPage } from "./server.js";
import { locale, say } from "./words.js";

const UNKNOWN = say("unknown");
const MEASURABLE = 100; // milliseconds; in less it is the network that is measured

/** What is known of an answer, in words. What was not seen is unknown, never 0. */
export function figuresOf(answer) {
  const began = answer.state === "refused" ? [] : beganFigures(answer);
  return [
    [say("Model"), answer.model],
    ...began,
    [say("In all"), seconds(answer.ended)],
  ];
}

function beganFigures(answer) {
  return [
    ...tokenFigures(answer.usage),
    [say("First word"), seconds(answer.firstWord)],
    [say("Speed"), speed(answer)],
  ];
}

function tokenFigures(usage) {
  if (!usage) return [[say("Tokens"), UNKNOWN]];
  const thoughts = usage.completion_tokens_details?.reasoning_tokens;
  return [
    [say("Question"), tokens(usage.prompt_tokens)],
    [say("Answer"), tokens(usage.completion_tokens)],
    ...(thoughts ? [[say("of it thoughts"), thoughts.toLocaleString(locale)]] : []),
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
  const shown = rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString(locale);
  return say("{count} tokens/s", { count: shown });
}

export function seconds(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return UNKNOWN;
  const value = milliseconds / 1000;
  return `${value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0)} s`;
}

function tokens(count) {
  if (typeof count !== "number") return UNKNOWN;
  const sentence = count === 1 ? "{count} token" : "{count} tokens";
  return say(sentence, { count: count.toLocaleString(locale) });
}

/** They are folded to the line that most readers look for. */
export function drawFigures(answer) {
  const rows = figuresOf(answer).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  );
  if (answer.requestId) rows.push(requestRow(answer.requestId));
  const line = [answer.model, answer.ended !== null && seconds(answer.ended)];
  const answered = answer.usage?.completion_tokens;
  if (answered) line.splice(1, 0, tokens(answered));
  return element(
    "details.figures",
    {},
    element("summary", {}, line.filter(Boolean).join(" · ")),
    element("dl", {}, ...rows),
  );
}

function requestRow(requestId) {
  const page = adminPage(requestId);
  const id = page
    ? element("a", { href: page, title: say("The request in the admin") }, requestId)
    : requestId;
  return element(
    "div",
    {},
    element("dt", {}, say("Request")),
    element("dd.request-id", {}, id, copyButton(say("Copy the request id"), requestId)),
  );
}

export function copyButton(label, text) {
  return iconButton("copy", label, undefined, { "data-copy": text });
}
