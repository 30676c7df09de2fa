import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { resume } from "../resume.mjs";

await resume({ Chat, DefaultChatTransport });
