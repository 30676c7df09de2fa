/** To the page's other tabs; null where the browser, keeping nothing, forbids it. */
export function channel(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}
