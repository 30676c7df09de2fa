/**
 * Make an element. No HTML is ever put together from text: what a string says is text.
 *
 * @param {string} name a tag, with classes: "button.quiet"
 * @param {object} [properties] attributes; functions are listeners, null leaves out
 * @param {...(Node|string|null|undefined|false)} children
 */
export function element(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child || child === 0));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of the page's own sheet of symbols; decoration, so say it in words too. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows a drawing and is called `label`. */
export function iconButton(name, label, click, properties = {}) {
  return element(
    "button.icon-button",
    { type: "button", "aria-label": label, title: label, click, ...properties },
    icon(name),
  );
}
