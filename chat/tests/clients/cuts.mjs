/** Asks `times` at once through lib/chat.js, which lies beside it; prints what was said. */
import { chat } from "./chat.mjs";

const { url, text, times } = JSON.parse(process.argv[2]);
const body = { messages: [{ role: "user", content: text }] };

async function asked() {
  let said = "";
  try {
    for await (const { choices } of chat(body, { url }))
      said += choices[0]?.delta?.content ?? "";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return said;
}

console.log(JSON.stringify(await Promise.all(Array.from({ length: times }, asked))));
