// The gateway adds headers to the answer that fetch() gave it, and Node.js does not let
// it: a stream ends with 500, "TypeError: immutable" (Portkey-AI/gateway#1389). An answer
// made anew may be changed.

const ask = globalThis.fetch;
const Answer = globalThis.Response; // the server puts one of its own here

globalThis.fetch = async (...asked) => {
  const { body, status, statusText, headers } = await ask(...asked);
  return new Answer(body, { status, statusText, headers });
};
