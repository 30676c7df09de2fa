import DOMPurify from "../vendor/dompurify/purify.es.mjs";
import markdownIt from "../vendor/markdown-it/markdown-it.esm.min.mjs";
import cjkFriendly from "../vendor/markdown-it-cjk-friendly/index.js";
import { decorate } from "./code.js";
import { drawMath } from "./drawn_math.js";
import { takeFewTags } from "./few_tags.js";
import { keepMath } from "./math.js";
import { drawTasks } from "./tasks.js";
import { say } from "./words.js";

const WEB = /^(https?:|mailto:)/i;
const EMBEDDED_IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/i;

// Without `html`, tags in Markdown are text; sanitising is the second lock on that door.
const markdown = markdownIt({ html: false, linkify: true, typographer: false });
markdown.use(cjkFriendly); // **「重点」** is meant as it is written
keepMath(markdown);
takeFewTags(markdown);
drawTasks(markdown);
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
markdown.validateLink = (url) => WEB.test(url.trim()) || EMBEDDED_IMAGE.test(url);

// An image from elsewhere would call its server as soon as it is shown: it is a link.
const drawImage = markdown.renderer.rules.image;
markdown.renderer.rules.image = (tokens, index, ...rest) => {
  const url = tokens[index].attrGet("src");
  if (EMBEDDED_IMAGE.test(url)) return drawImage(tokens, index, ...rest);
  const { escapeHtml } = markdown.utils;
  const said = tokens[index].content || url;
  return `<a href="${escapeHtml(url)}">${escapeHtml(`${say("Image")}: ${said}`)}</a>`;
};

// How a column is aligned is a class, for the page's policy allows no `style`.
for (const cell of ["th_open", "td_open"]) {
  markdown.renderer.rules[cell] = (tokens, index, options, known, renderer) => {
    const side = /(right|center)$/.exec(tokens[index].attrGet("style") ?? "")?.[1];
    tokens[index].attrs = side ? [["class", `to-${side}`]] : null;
    return renderer.renderToken(tokens, index, options);
  };
}

const ALLOWED = {
  ALLOWED_TAGS: (
    "a blockquote br code del div em h1 h2 h3 h4 h5 h6 hr img kbd li ol p pre s span " +
    "strong sub sup table tbody td th thead tr ul"
  ).split(" "),
  ALLOWED_ATTR: ["alt", "class", "href", "src", "start", "title"],
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * The top-level blocks of a text: what each is made of, and the line it begins in.
 * `known` has link definitions, and whether the text `grows`.
 */
export function blocksOf(text, known) {
  known.lines = text.split("\n").length;
  known.without = {}; // see math.js
  known.endsLine = text.endsWith("\n");
  const blocks = [];
  for (const token of markdown.parse(text, known)) {
    const isFirst = token.level === 0 && token.nesting >= 0;
    if (isFirst) blocks.push({ line: token.map[0], tokens: [] });
    blocks.at(-1).tokens.push(token);
  }
  return blocks;
}

/** Blocks as elements, one for each; nothing in them runs, loads or leads astray. */
export function drawn(blocks, known) {
  const tokens = blocks.flatMap((block) => block.tokens);
  const html = markdown.renderer.render(tokens, markdown.options, known);
  return safe(html);
}

function safe(html) {
  const fragment = DOMPurify.sanitize(html, ALLOWED);
  for (const node of [...fragment.childNodes]) {
    if (node.nodeType === Node.TEXT_NODE && !node.data.trim()) node.remove();
  }
  // Each runs in its own direction. With `unicode-bidi: plaintext` a megabyte took seconds.
  for (const block of fragment.children) {
    if (block.matches("p, h1, h2, h3, h4, h5, h6")) block.dir = "auto";
  }
  fragment.querySelectorAll("a").forEach(tame);
  fragment.querySelectorAll("table").forEach(widen);
  fragment.querySelectorAll("pre").forEach(decorate);
  fragment.querySelectorAll("li.task").forEach(mark);
  drawMath(fragment);
  return fragment;
}

function tame(link) {
  const url = link.getAttribute("href") ?? "";
  if (!WEB.test(url)) return link.removeAttribute("href");
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
  link.title = url; // what it says may be another address
}

/** A table that is too wide scrolls by itself, by keyboard as well. */
function widen(table) {
  const frame = document.createElement("div");
  frame.className = "table-frame";
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", say("Table"));
  table.replaceWith(frame);
  frame.append(table);
}

/** Whether a task is done is said to those who do not see its box. */
function mark(item) {
  const isDone = item.matches(".is-done");
  const box = document.createElement("span");
  box.className = "box";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", isDone ? say("Done") : say("To do"));
  const place = item.firstElementChild?.matches("p") ? item.firstElementChild : item;
  place.prepend(box);
}
