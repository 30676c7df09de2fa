/**
 * Make the children of `root` from the `from`-th on those of `wanted`, changing only what
 * differs: what is selected, focused or scrolled stays so.
 */
export function morph(root, from, wanted) {
  const old = [...root.childNodes].slice(from);
  const fresh = [...wanted.childNodes];
  fresh.forEach((node, index) => {
    const known = old[index];
    if (!known) root.append(node);
    else if (!areAlike(known, node)) known.replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) retell(known, node.data);
    else {
      adopt(known, node);
      morph(known, 0, node);
    }
  });
  old.slice(fresh.length).forEach((node) => node.remove());
}

function areAlike(one, other) {
  return one.nodeName === other.nodeName;
}

function retell(known, text) {
  if (known.data === text) return;
  // What is appended leaves a selection alone.
  if (text.startsWith(known.data)) known.appendData(text.slice(known.data.length));
  else known.data = text;
}

function adopt(known, wanted) {
  for (const { name } of [...known.attributes]) {
    if (!wanted.hasAttribute(name)) known.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  }
}
