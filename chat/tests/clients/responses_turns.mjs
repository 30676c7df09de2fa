/**
 * Asks `/v1/responses` through the AI SDK, over several turns, and prints what came of it
 * and what was sent. What to ask is the first argument: `turns`, the questions in their
 * order; `tool` is what the tool `get_weather` answers; `whole` takes answers in one
 * piece; `store`, `options` and `stop` (leave at the first word) are for each.
 */
export async function converse(sdk, makeProvider) {
  globalThis.AI_SDK_LOG_WARNINGS = false; // they go to where the answer goes
  const asked = JSON.parse(process.argv[2]);
  const sent = [];
  const provider = makeProvider(asked, (url, request) => {
    sent.push(JSON.parse(request.body));
    return fetch(url, request);
  });
  const heard = { text: [], reasoning: [], kinds: [], errors: [], calls: [] };
  const messages = [];
  for (const text of asked.turns) {
    messages.push({ role: "user", content: text });
    const turn = { ...question(sdk, provider("glm-4.6"), asked), messages };
    const answer = await (asked.whole ? whole : streamed)(sdk, turn, heard).catch(
      (error) => void heard.errors.push(described(error)),
    );
    if (!answer) break;
    messages.push(...answer);
  }
  console.log(JSON.stringify({ ...heard, sent, kinds: [...new Set(heard.kinds)] }));
}

function question(sdk, model, asked) {
  const leaving = new AbortController();
  const openai = { ...asked.options, ...(asked.store === false && { store: false }) };
  return {
    model,
    maxRetries: 0,
    leave: () => asked.stop && leaving.abort(),
    abortSignal: leaving.signal,
    providerOptions: { openai },
    ...(asked.system && { system: asked.system }),
    ...(asked.tool && {
      tools: { get_weather: weather(sdk, asked.tool) },
      stopWhen: (sdk.isStepCount ?? sdk.stepCountIs)(3),
    }),
  };
}

async function whole({ generateText }, { leave, ...turn }, heard) {
  const answer = await generateText(turn);
  heard.text.push(answer.text);
  heard.reasoning.push(answer.steps.map(({ reasoningText }) => reasoningText ?? "").join(""));
  heard.calls.push(...answer.steps.flatMap(({ toolCalls }) => toolCalls));
  heard.finishReason = answer.finishReason;
  heard.usage = answer.totalUsage ?? answer.usage;
  return answer.responseMessages ?? answer.response.messages;
}

async function streamed({ streamText }, { leave, ...turn }, heard) {
  const answer = streamText({ ...turn, onError: () => {} });
  let text = "";
  let reasoning = "";
  const errors = [];
  for await (const part of answer.fullStream) {
    heard.kinds.push(part.type);
    if (part.type === "error") errors.push(described(part.error));
    if (part.type === "reasoning-delta") reasoning += part.text;
    if (part.type !== "text-delta") continue;
    text += part.text;
    leave();
  }
  heard.text.push(text);
  heard.reasoning.push(reasoning);
  heard.errors.push(...errors);
  if (heard.kinds.includes("abort") || errors.length) return undefined;
  heard.calls.push(...(await answer.steps).flatMap(({ toolCalls }) => toolCalls));
  heard.finishReason = await answer.finishReason;
  heard.usage = await answer.totalUsage;
  return (await answer.responseMessages) ?? (await answer.response).messages;
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
  return { name, message: message ?? JSON.stringify(error), statusCode, isRetryable };
}
