/**
 * A page of assistant-ui as its documentation has it: the runtime with its defaults, and
 * what it needs to ask and to read. `#told` in the address adds what a page can tell the
 * model: instructions, a tool, settings and the name of a model.
 */
import {
  AssistantRuntimeProvider,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
  makeAssistantTool,
  useAssistantInstructions,
} from "@assistant-ui/react";
import { useChatRuntime } from "@assistant-ui/react-ai-sdk";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";

const WeatherTool = makeAssistantTool({
  toolName: "get_weather",
  description: "The weather in a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
  execute: async ({ city }) => `It rains in ${city}.`,
  render: ({ toolName, result }) => (
    <p data-tool={toolName}>{JSON.stringify(result)}</p>
  ),
});

function Told({ runtime }) {
  useAssistantInstructions("Be kind.");
  useEffect(
    () =>
      runtime.registerModelContextProvider({
        getModelContext: () => ({
          callSettings: { maxTokens: 500, temperature: 0.25 },
          config: { modelName: "glm-4.7", apiKey: "not-ours" },
        }),
      }),
    [runtime],
  );
  return <WeatherTool />;
}

function Message({ role }) {
  return (
    <MessagePrimitive.Root data-role={role}>
      <MessagePrimitive.Parts
        components={{
          Text: ({ text }) => <span data-kind="text">{text}</span>,
          Reasoning: ({ text }) => <em data-kind="reasoning">{text}</em>,
        }}
      />
      <MessagePrimitive.Error>
        <ErrorText />
      </MessagePrimitive.Error>
    </MessagePrimitive.Root>
  );
}

const ErrorText = () => <strong data-kind="error">It broke off.</strong>;
const User = () => <Message role="user" />;
const Assistant = () => <Message role="assistant" />;

function Page() {
  const runtime = useChatRuntime();
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      {location.hash === "#told" && <Told runtime={runtime} />}
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages
          components={{ UserMessage: User, AssistantMessage: Assistant }}
        />
        <ThreadPrimitive.If running={false}>
          <p data-kind="quiet" />
        </ThreadPrimitive.If>
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
          <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

createRoot(document.body.appendChild(document.createElement("main"))).render(
  <Page />,
);
