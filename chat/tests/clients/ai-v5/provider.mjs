import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as sdk from "ai";
import { converse } from "../openai_compatible.mjs";

await converse(sdk, createOpenAICompatible);
