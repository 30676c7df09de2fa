import { say } from "./words.js";

/** The tools that are written in `text`, as JSON. Throws an Error that says what is wrong. */
export function toolsOf(text) {
  const tools = parsed(text);
  if (!Array.isArray(tools)) throw new Error(say("The tools have to be a list: [ … ]."));
  if (!tools.length) throw new Error(say("The list is empty: there is no tool in it."));
  tools.forEach(check);
  return tools;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(say("This is not JSON: {why}", { why: error.message }));
  }
}

function check(tool, index) {
  const number = index + 1;
  if (tool === null || typeof tool !== "object") {
    throw new Error(say('Tool {number} has to be an object: { "type": "function", … }.', { number }));
  }
  if (typeof tool.type !== "string") {
    throw new Error(
      say('Tool {number} has no "type"; of your own tools it is "function".', { number }),
    );
  }
  if (tool.type === "function" && !tool.function?.name) {
    throw new Error(say('Tool {number} has no "function" with a "name".', { number }));
  }
}

export const EXAMPLE = JSON.stringify(
  [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "The current weather in a city",
        parameters: {
          type: "object",
          properties: { city: { type: "string", description: "The city's name" } },
          required: ["city"],
        },
      },
    },
  ],
  null,
  2,
);
