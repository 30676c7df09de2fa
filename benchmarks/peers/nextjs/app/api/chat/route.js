import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { convertToModelMessages, streamText } from "ai";

const zai = createOpenAICompatible({
  name: "zai",
  apiKey: process.env.ZAI_API_KEY,
  baseURL: process.env.ZAI_BASE_URL,
});

export const dynamic = "force-dynamic";

export async function POST(request) {
  const { messages } = await request.json();
  const answer = streamText({
    model: zai("glm-4.6"),
    messages: await convertToModelMessages(messages),
    temperature: 0.7,
    maxOutputTokens: 2048,
    // Whoever leaves is not written to any more.
    abortSignal: request.signal,
  });
  return answer.toUIMessageStreamResponse();
}
