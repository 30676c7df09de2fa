/**
 * Asks as `useChat` asks, and prints what came of it. What to ask is the first argument:
 * `message`, or `regenerate` with `messages`; `output` is the answer of every tool;
 * `stop` leaves at the first word.
 */
export async function converse({ Chat, DefaultChatTransport, complete }) {
  const asked = JSON.parse(process.argv[2]);
  const states = new Set();
  const data = [];
  let finish = {};
  let told;
  const chat = new Chat({
    messages: asked.messages,
    transport: new DefaultChatTransport({ api: asked.url, body: asked.body }),
    sendAutomaticallyWhen: complete,
    onData: (part) => data.push(part),
    onFinish: (finished) => (finish = finished),
    onToolCall: ({ toolCall: { toolName: tool, toolCallId } }) => {
      if (!asked.output) return;
      told = chat.addToolResult({ tool, toolCallId, output: asked.output });
    },
  });
  chat["~registerMessagesCallback"](() => {
    const { role, parts } = chat.lastMessage;
    if (role !== "assistant") return;
    for (const part of parts) if (part.state) states.add(part.state);
    if (asked.stop && parts.some((part) => part.text)) chat.stop();
  });
  await (asked.regenerate ? chat.regenerate() : chat.sendMessage(asked.message));
  await told;
  while (chat.status === "submitted" || chat.status === "streaming") {
    await new Promise((resolve) => setTimeout(resolve, 10)); // an answer to the tools
  }
  const { status, error, messages } = chat;
  const { isAbort, finishReason } = finish;
  console.log(
    JSON.stringify({
      status,
      error: error?.message,
      isAbort,
      finishReason,
      states: [...states],
      data,
      messages,
    }),
  );
}
