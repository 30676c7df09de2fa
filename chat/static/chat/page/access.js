import { accessToken, tokenUrl } from "./server.js";

const FRESH = 10 * 60 * 1000; // milliseconds; the server takes one for 15 minutes

let held = { token: accessToken, at: Date.now() };

/** Whether the server wants to know who asks. */
export const isLocked = accessToken !== null;

/**
 * The headers that say who asks, with a new token where the last one is old or, to
 * `renew`, was refused. Throws what `fetch` throws. Who is logged out gets none.
 */
export async function identify({ renew, signal }) {
  if (!isLocked) return {};
  if (renew || held.at + FRESH < Date.now()) held = await ask(signal);
  return held.token ? { Authorization: `Bearer ${held.token}` } : {};
}

async function ask(signal) {
  const at = Date.now();
  const response = await fetch(tokenUrl, { signal });
  const { token } = response.ok ? await response.json() : { token: null };
  return { token, at };
}
