import { useChat } from "@ai-sdk/react";
import {
  isToolUIPart,
  lastAssistantMessageIsCompleteWithToolCalls,
  type UIMessage,
} from "ai";
import { useSearchParams } from "next/navigation";
import { useEffect, useMemo, useState } from "react";
import { CLOCK_TOOL, localTime } from "../lib/clockTool";
import { endingOf, type Ending } from "../lib/endings";
import { beginAnew, keep, keptChat } from "../lib/keptChat";
import { resumingTransport, stopAnswer } from "../lib/resuming";
import { troubleOf, type Trouble } from "../lib/trouble";
import { useComingBack } from "../lib/useComingBack";
import { useThrottled } from "../lib/useThrottled";
import { wayIn, WAYS } from "../lib/ways";
import { Figures, type Metadata } from "./Figures";
import { Frame } from "./Frame";
import { Message } from "./Message";
import { Part } from "./Part";

const SUGGESTIONS = [
  "What time is it now in Asia/Tokyo?",
  "Write a debounce function in TypeScript",
  "sim:help",
];
const CUT: Trouble = { message: "The connection broke off." };

// And whatever else `POST /api/chat` takes
const transport = resumingTransport<UIMessage<Metadata>>({ tools: [CLOCK_TOOL] });

/** The same chat with `useChat` of Vercel's AI SDK, and with a tool; a reload goes on with it. */
export default function UseChat() {
  const { url } = WAYS[wayIn(useSearchParams())];
  const [endings, setEndings] = useState<Record<string, Ending | undefined>>({});
  const [before] = useState(keptChat<UIMessage<Metadata>>);
  const { id } = before;
  const chat = useChat({
    id,
    messages: before.messages,
    resume: true,
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName: tool, toolCallId, input } }) {
      try {
        const output = localTime(input as { time_zone: string });
        void chat.addToolOutput({ tool, toolCallId, output });
      } catch (problem) {
        const errorText = String(problem);
        void chat.addToolOutput({ tool, toolCallId, state: "output-error", errorText });
      }
    },
    onFinish({ message: { id, parts }, isAbort, isDisconnect, isError, finishReason }) {
      // Whoever only left, or was cut off, may come back for the rest.
      if (!isAbort && !isDisconnect) keep({ open: false });
      // A stream that was cut without an error ends like any other, but for the reason.
      const broken = isError || !finishReason;
      const says = parts.some((part) => (part.type === "text" ? part.text : isToolUIPart(part)));
      const ended = () => endingOf(finishReason, says);
      const ending = isAbort ? "stopped" : broken ? "broken" : ended();
      setEndings((others) => ({ ...others, [id]: ending }));
    },
  });
  const { messages, sendMessage, regenerate, resumeStream, stop, status, error } = chat;
  useEffect(() => () => void stop(), [stop]); // the reader left the page
  const grown = useThrottled(messages, 1000);
  useEffect(() => keep({ id, messages }), [id, grown, status]);

  const open = status === "submitted" || status === "streaming";
  const last = messages.at(-1);
  const length = useMemo(() => lengthOf(grown.at(-1)), [grown]);
  useComingBack(error, length, resumeStream);
  const unanswered = last?.role === "user";
  const waits = open || (before.open && messages.length === before.messages.length);
  const ending = last && endings[last.id];
  const cut = ending === "broken" ? CUT : undefined;
  const trouble = error ? troubleOf(error, last?.metadata?.requestId) : cut;
  const isWorthIt = unanswered || ending === "stopped" || trouble;
  const again = !open && !trouble?.isFinal && isWorthIt;

  return (
    <Frame
      {...{ url, open }}
      suggestions={SUGGESTIONS}
      empty={!messages.length}
      trouble={trouble}
      send={(text) => void sendMessage({ text })}
      stop={() => {
        stopAnswer();
        void stop();
      }}
      anew={open || !messages.length ? undefined : beginAnew}
      retry={again ? () => void regenerate() : undefined}
    >
      {messages.map(({ id, role, parts, metadata }) => {
        const writing = open && id === last?.id && role === "assistant";
        return (
          <Message key={id} {...{ role, writing }} ending={endings[id]}>
            {parts.map((part, index) => (
              <Part key={index} {...{ part, role, writing }} />
            ))}
            {metadata && <Figures metadata={metadata} />}
          </Message>
        );
      })}
      {unanswered && !error && (
        <Message role="assistant" writing={open} ending={waits ? undefined : "stopped"} />
      )}
    </Frame>
  );
}

function lengthOf(message: UIMessage | undefined): number {
  return JSON.stringify(message?.parts ?? []).length;
}
