import { channel } from "./channel.js";

/**
 * Which tab answers a conversation. The browser gives a tab's leases back when it is
 * closed or dies: an answer that is still open and leased by nobody has broken off.
 *
 * Browsers know no leases on pages that are not secure (plain http, but for localhost),
 * nor where they keep nothing. There a tab has what it says it has when it is asked;
 * every tab gets a lease, for it learned from the store what the others answer.
 */
const ANSWERED_WITHIN = 1000; // milliseconds; a tab may be busy drawing
const name = (conversation) => `chat-page/${conversation}`;
const locks = await usableLocks();
const tabs = channel("chat-page/leases");
const ours = new Set();

tabs?.addEventListener("message", ({ data: { asked } }) => {
  if (ours.has(asked)) tabs.postMessage({ leased: asked });
});

/** Take the lease; returns what gives it back, or null while another tab has it. */
export function lease(conversation) {
  if (!locks) return Promise.resolve(told(conversation));
  return new Promise((resolve, reject) => {
    locks
      .request(name(conversation), { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(null);
        return new Promise((giveBack) => resolve(giveBack));
      })
      .catch(reject);
  });
}

export async function isLeased(conversation) {
  if (!locks) return isToldOf(conversation);
  const { held } = await locks.query();
  // One that is shared is another tab's that has just waited, as this one has.
  return held.some((lock) => lock.name === name(conversation) && lock.mode === "exclusive");
}

/** Resolves when no tab answers the conversation any more. */
export async function untilFree(conversation) {
  if (locks) return locks.request(name(conversation), { mode: "shared" }, () => {});
  while (await isToldOf(conversation)) await heard("free", conversation);
}

/** They may be there and yet forbidden. */
async function usableLocks() {
  try {
    await navigator.locks.query();
    return navigator.locks;
  } catch {
    return null;
  }
}

function told(conversation) {
  ours.add(conversation);
  return () => {
    ours.delete(conversation);
    tabs?.postMessage({ free: conversation });
  };
}

function isToldOf(conversation) {
  const answer = heard("leased", conversation);
  tabs?.postMessage({ asked: conversation });
  return answer;
}

/** Whether a tab says that within the time. */
function heard(word, conversation) {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const end = (isHeard) => {
      listening.abort();
      resolve(isHeard);
    };
    const listen = ({ data }) => data[word] === conversation && end(true);
    tabs?.addEventListener("message", listen, { signal: listening.signal });
    setTimeout(() => end(false), tabs ? ANSWERED_WITHIN : 0);
  });
}
