import { say } from "./words.js";

const LARGEST = 500_000; // bytes
// Text that is not UTF-8 is Chinese, as older editors save it.
const ENCODINGS = ["utf-8", "gb18030"];

/** A text file: its name and text. Throws an Error with a sentence if it is none. */
export async function readText(file) {
  const name = file.name || say("This");
  if (file.type === "application/pdf" || /\.pdf$/i.test(name)) {
    throw new Error(
      say("{name} is a PDF, which this page cannot read. Copy its text into the box.", {
        name,
      }),
    );
  }
  if (file.size > LARGEST) {
    throw new Error(say("{name} is larger than 500 KB.", { name }));
  }
  const text = decoded(await file.arrayBuffer(), file.type.startsWith("text/"));
  if (text !== null) return { name, text };
  throw new Error(say("{name} is neither an image nor a text.", { name }));
}

function decoded(bytes, isText) {
  for (const encoding of isText ? ENCODINGS : ENCODINGS.slice(0, 1)) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      return text.includes("\0") ? null : text;
    } catch {
      // The next one may fit.
    }
  }
  return null;
}

/** A file as the model gets it: quoted, under its name. */
export function quoted({ name, text }) {
  const ticks = text.match(/`{3,}/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...ticks.map((run) => run.length + 1)));
  const [, language = ""] = /\.([a-z0-9]{1,10})$/i.exec(name) ?? [];
  return `${name}:\n\n${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}
