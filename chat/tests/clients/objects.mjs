/**
 * Asks `/v1` for objects in each way of the AI SDK, and prints what came of it. What to
 * ask is the first argument: `url`, `text`, and `through`, the provider.
 */
const PROVIDERS = {
  "openai-compatible": ({ createOpenAICompatible }, url) =>
    createOpenAICompatible({
      name: "zai",
      baseURL: url,
      apiKey: "unused",
      supportsStructuredOutputs: true, // or it does not send the schema
    })("glm-4.6"),
  openai: ({ createOpenAI }, url) =>
    createOpenAI({ baseURL: url, apiKey: "unused" }).chat("glm-4.6"),
  "openai-responses": ({ createOpenAI }, url) =>
    createOpenAI({ baseURL: url, apiKey: "unused" })("glm-4.6"),
};

export async function converse(sdk, providers, { z }) {
  const { url, text, through } = JSON.parse(process.argv[2]);
  const stop = z.object({ city: z.string(), kind: z.enum(["museum", "meal"]) });
  const schema = z.object({
    title: z.string(),
    days: z.number().int(),
    stops: z.array(stop),
  });
  const model = PROVIDERS[through](providers, url);
  const question = { model, prompt: text, maxRetries: 0 };
  const ways = { generateObject, streamObject, generateText, streamText };
  const heard = {};
  for (const [name, way] of Object.entries(ways)) {
    heard[name] = await way(sdk, question, schema).catch((error) => ({
      error: `${error.name}: ${error.message}`,
    }));
  }
  console.log(JSON.stringify(heard));
}

async function generateObject(sdk, question, schema) {
  return (await sdk.generateObject({ ...question, schema })).object;
}

async function streamObject(sdk, question, schema) {
  const answer = sdk.streamObject({ ...question, schema, onError: () => {} });
  let parts = 0;
  for await (const _ of answer.partialObjectStream) parts += 1;
  return { ...(await answer.object), parts };
}

async function generateText(sdk, question, schema) {
  const output = sdk.Output.object({ schema });
  const answer = await sdk.generateText(withOutput(question, output));
  return answer.output ?? answer.experimental_output;
}

async function streamText(sdk, question, schema) {
  const output = sdk.Output.object({ schema });
  const answer = sdk.streamText({
    ...withOutput(question, output),
    onError: () => {},
  });
  let last;
  let parts = 0;
  const stream =
    answer.partialOutputStream ?? answer.experimental_partialOutputStream;
  for await (const part of stream) {
    last = part;
    parts += 1;
  }
  return { ...last, parts };
}

/** AI SDK 5 calls it `experimental_output`. */
function withOutput(question, output) {
  return { ...question, output, experimental_output: output };
}
