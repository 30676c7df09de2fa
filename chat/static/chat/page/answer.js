/**
 * An answer, as it is kept. Times are in milliseconds since it was asked for, and null
 * is what was not seen.
 *
 * `state`: "open" while it comes, then "finished", "stopped", "broken" (off), or
 * "refused" (it never began).
 */
export function newAnswer(model) {
  return {
    id: newId(),
    role: "assistant",
    state: "open",
    model,
    askedAt: Date.now(),
    text: "",
    reasoning: "",
    calls: [],
    finishReason: null,
    usage: null,
    requestId: null,
    queue: null,
    firstEvent: null,
    firstSign: null, // of anything, be it a thought or a call
    firstWord: null, // that one sees, as the admin has it
    firstThought: null,
    lastThought: null,
    lastEvent: null,
    ended: null,
    error: null,
  };
}

/** Add what one read brought, `elapsed` milliseconds after the question. */
export function absorb(answer, events, elapsed) {
  for (const event of events) {
    answer.queue = event.queue ?? null; // where it stands in line for Z.AI
    if (event.queue) continue;
    answer.firstEvent ??= elapsed;
    answer.lastEvent = elapsed;
    if (event.model) answer.model = event.model;
    if (event.usage) answer.usage = event.usage;
    const choice = event.choices?.[0];
    if (!choice) continue;
    if (choice.finish_reason) answer.finishReason = choice.finish_reason;
    absorbDelta(answer, choice.delta ?? {}, elapsed);
  }
}

function absorbDelta(answer, delta, elapsed) {
  const { content, reasoning_content: thought, tool_calls: calls } = delta;
  if (content || thought || calls?.length) answer.firstSign ??= elapsed;
  if (content?.trim()) answer.firstWord ??= elapsed;
  if (thought) {
    answer.firstThought ??= elapsed;
    answer.lastThought = elapsed;
    answer.reasoning += thought;
  }
  if (content) answer.text += content;
  for (const call of calls ?? []) absorbCall(answer.calls, call);
}

/** Fragments of one call have its index; a model that numbers none tells them by id. */
function absorbCall(calls, { id, index, function: called = {} }) {
  const isOfIt = (known) => known.index === index && (!id || known.id === id);
  let call = calls.findLast(isOfIt);
  if (!call) calls.push((call = { id, index, name: "", arguments: "" }));
  call.name ||= called.name ?? "";
  call.arguments += called.arguments ?? "";
}

/** A name of its own; `crypto.randomUUID` is there on secure pages only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
