import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as sdk from "ai";
import * as zod from "zod";
import { converse } from "../objects.mjs";

await converse(sdk, { createOpenAI, createOpenAICompatible }, zod);
