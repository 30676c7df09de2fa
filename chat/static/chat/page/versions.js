/**
 * A conversation's turns are a tree: what was asked or answered again stands beside what
 * it was before. `parent` of a turn is the id of the one before it, null for the first;
 * `chosen` says which child of a turn is shown, by the parent's id.
 */
const ROOT = "";

/** Turns as they were kept before there were versions: each follows the one before. */
export function withParents(turns) {
  return turns.map((turn, index) => {
    if (turn.parent !== undefined) return turn;
    return { ...turn, parent: turns[index - 1]?.id ?? null };
  });
}

/** The turns that are shown, from the first to the last. */
export function pathOf(all, chosen) {
  const path = [];
  const seen = new Set();
  let versions = childrenOf(all, null);
  while (versions.length) {
    const wanted = chosen[keyOf(versions[0].parent)];
    const turn = versions.find(({ id }) => id === wanted) ?? versions.at(-1);
    if (seen.has(turn.id)) break; // in what was imported anything may be
    seen.add(turn.id);
    path.push(turn);
    versions = childrenOf(all, turn.id);
  }
  return path;
}

/** `turn` and what stands in its place in other versions, the oldest first. */
export function versionsOf(all, turn) {
  return childrenOf(all, turn.parent);
}

/** What is chosen once `turn` is shown. */
export function choosing(chosen, turn) {
  return { ...chosen, [keyOf(turn.parent)]: turn.id };
}

function childrenOf(all, parent) {
  return all.filter((turn) => turn.parent === parent);
}

function keyOf(parent) {
  return parent ?? ROOT;
}
