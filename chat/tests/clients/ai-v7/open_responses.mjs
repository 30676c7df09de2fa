import { createOpenResponses } from "@ai-sdk/open-responses";
import * as sdk from "ai";
import { converse } from "../responses_turns.mjs";

await converse(sdk, ({ url }, fetch) =>
  createOpenResponses({ name: "zai", url: `${url}/responses`, fetch }),
);
