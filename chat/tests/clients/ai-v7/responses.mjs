import { createOpenAI } from "@ai-sdk/openai";
import * as sdk from "ai";
import { converse } from "../responses_turns.mjs";

await converse(sdk, ({ url }, fetch) =>
  createOpenAI({ baseURL: url, apiKey: "unused", fetch }),
);
