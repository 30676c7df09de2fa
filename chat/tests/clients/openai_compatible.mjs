/**
 * Asks `/v1` as an OpenAI-compatible provider, and prints what came of it. What to ask is
 * the first argument: `text`; `key`, if one is needed; `whole` takes the answer in one
 * piece; `tool` is what the tool `get_weather` answers; `stop` leaves at the first word.
 */
export async function converse(sdk, createOpenAICompatible) {
  const asked = JSON.parse(process.argv[2]);
  const provider = createOpenAICompatible({
    name: "zai",
    baseURL: asked.url,
    apiKey: asked.key ?? "unused",
    includeUsage: asked.includeUsage,
  });
  const leaving = new AbortController();
  const heard = { text: "", reasoning: "", kinds: [], errors: [], calls: [] };
  const question = {
    model: provider("glm-4.6"),
    prompt: asked.text,
    maxRetries: 0,
    abortSignal: leaving.signal,
    providerOptions: { zai: asked.options },
    ...(asked.tool && {
      tools: { get_weather: weather(sdk, asked.tool) },
      stopWhen: (sdk.isStepCount ?? sdk.stepCountIs)(3),
    }),
  };
  await (asked.whole ? whole : streamed)(sdk, question, heard, () => {
    if (asked.stop) leaving.abort();
  }).catch((error) => heard.errors.push(error));
  heard.errors = heard.errors.map(described);
  heard.kinds = [...new Set(heard.kinds)];
  console.log(JSON.stringify(heard));
}

async function whole({ generateText }, question, heard) {
  const { text, reasoningText, steps, finishReason, usage } =
    await generateText(question);
  Object.assign(heard, { text, reasoning: reasoningText, finishReason, usage });
  heard.calls = steps.flatMap(({ toolCalls }) => toolCalls);
}

async function streamed({ streamText }, question, heard, onWord) {
  const answer = streamText({ ...question, onError: () => {} });
  for await (const part of answer.fullStream) {
    heard.kinds.push(part.type);
    if (part.type === "error") heard.errors.push(part.error);
    if (part.type === "reasoning-delta") heard.reasoning += part.text;
    if (part.type !== "text-delta") continue;
    heard.text += part.text;
    onWord();
  }
  if (heard.kinds.includes("abort") || heard.errors.length) return;
  const { steps, finishReason, totalUsage } = answer;
  heard.calls = (await steps).flatMap(({ toolCalls }) => toolCalls);
  heard.finishReason = await finishReason;
  heard.usage = await totalUsage;
}

function weather({ tool, jsonSchema }, told) {
  return tool({
    description: "The weather in a city",
    inputSchema: jsonSchema({
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    }),
    execute: () => told,
  });
}

function described(error) {
  const { name, message, statusCode, isRetryable } = error;
  return { name, message: message ?? String(error), statusCode, isRetryable };
}
