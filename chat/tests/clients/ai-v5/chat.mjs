import { Chat } from "@ai-sdk/react";
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithToolCalls as complete,
} from "ai";
import { converse } from "../use_chat.mjs";

await converse({ Chat, DefaultChatTransport, complete });
