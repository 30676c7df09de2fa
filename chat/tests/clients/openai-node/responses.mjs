/**
 * Asks `/v1/responses` through OpenAI's client and its agents, and prints what came: an
 * object, a stream, a tool over two turns, what was raised, and an agent's answers.
 */
import { Agent, OpenAIResponsesModel, run, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const { url } = JSON.parse(process.argv[2]);
const client = new OpenAI({ baseURL: url, apiKey: "unused", maxRetries: 0 });
const model = "glm-4.6";
const Plan = z.object({ title: z.string(), days: z.number().int() });

async function parse() {
  const text = { format: zodTextFormat(Plan, "plan") };
  const input = "Plan two days in Rome sim:fenced";
  return (await client.responses.parse({ model, input, text })).output_parsed;
}

async function stream() {
  const answer = client.responses.stream({ model, input: "Write a poem" });
  let text = "";
  for await (const event of answer)
    if (event.type === "response.output_text.delta") text += event.delta;
  const whole = await answer.finalResponse();
  return { text, whole: whole.output_text, status: whole.status };
}

async function raised(input) {
  try {
    for await (const _ of await client.responses.create({ model, input, stream: true }));
  } catch (error) {
    return { name: error.constructor.name, status: error.status ?? null };
  }
}

async function agent(streamed, question) {
  const weather = tool({
    name: "get_weather",
    description: "The weather in a city",
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => `It rains in ${city}.`,
  });
  const forecaster = new Agent({
    name: "Forecaster",
    model: new OpenAIResponsesModel(client, model),
    tools: [weather],
  });
  const first = await run(forecaster, question, { stream: streamed });
  if (streamed) {
    for await (const _ of first);
    await first.completed;
  }
  const asked = [...first.history, { role: "user", content: "sim:echo" }];
  const again = await run(forecaster, asked);
  return { first: first.finalOutput, again: again.finalOutput };
}

setTracingDisabled(true);
const heard = {
  parse: await parse(),
  stream: await stream(),
  refused: await raised("sim:error=1301"),
  brokenOff: await raised("sim:cut=3"),
  agent: await agent(false, "What is the weather in Paris?"),
  streamedAgent: await agent(true, "What is the weather in Paris?"),
};
console.log(JSON.stringify(heard));
