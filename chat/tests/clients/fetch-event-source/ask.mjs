/**
 * Asks once through fetch-event-source, and prints what came. Its `onmessage` is what many
 * write: whatever cannot be parsed throws, and the library posts again then. `careful`
 * leaves out what has no data.
 */
import { createRequire } from "node:module";

// It knows browsers only.
globalThis.window = globalThis;
globalThis.document = { addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = createRequire(import.meta.url)(
  "@microsoft/fetch-event-source",
);

const asked = JSON.parse(process.argv[2]);
const leaving = new AbortController();
const events = [];
const errors = [];
let comments = 0;
await fetchEventSource(asked.url, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ messages: [{ role: "user", content: asked.text }] }),
  signal: leaving.signal,
  openWhenHidden: true,
  onmessage(m) {
    if (!m.data) comments += 1;
    if (asked.careful && !m.data) return;
    events.push(JSON.parse(m.data));
  },
  onerror(error) {
    errors.push(error.message);
    leaving.abort(); // else it would ask again, for ever
  },
});
console.log(JSON.stringify({ events, errors, comments }));
