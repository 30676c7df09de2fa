/** Asks `/v1` once, and prints what came, or what was raised and for how many tries. */
import OpenAI from "openai";

const asked = JSON.parse(process.argv[2]);
let tries = 0;
const client = new OpenAI({
  baseURL: asked.url,
  apiKey: asked.key,
  fetch: (...request) => {
    tries += 1;
    return fetch(...request);
  },
});
const heard = { text: "" };
try {
  const stream = await client.chat.completions.create({
    model: asked.model ?? "glm-4.6",
    messages: [{ role: "user", content: "Hello" }],
    stream: true,
  });
  for await (const chunk of stream) heard.text += chunk.choices[0]?.delta.content ?? "";
} catch (error) {
  heard.error = { name: error.constructor.name, code: error.code, status: error.status };
}
console.log(JSON.stringify({ ...heard, tries }));
