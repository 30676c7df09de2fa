/** Asks through lib/chat.js, which lies beside it, and prints what came of it. */
import { chat } from "./chat.mjs";

const { url, key, tokens, times = 1 } = JSON.parse(process.argv[2]);
const heard = { renewals: [] };
const token = async ({ renew }) => {
  heard.renewals.push(renew);
  return tokens[Number(renew)];
};
const body = { messages: [{ role: "user", content: "Hello" }] };
for (let asked = 0; asked < times; asked += 1) {
  heard.text = "";
  try {
    for await (const event of chat(body, { url, key: tokens ? token : key }))
      heard.text += event.choices[0].delta.content ?? "";
  } catch (error) {
    heard.error = { ...error, message: error.message };
  }
}
console.log(JSON.stringify(heard));
