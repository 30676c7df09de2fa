/**
 * A page with `useChat` that goes on with its answer after a reload and after a network
 * that broke off. Its address says which chat it shows (`id`), where it asks (`api`), and
 * whether it `keeps` what came of an answer, or the question alone.
 */
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

const PAUSE = 100; // milliseconds before it comes back
const { id, api, keeps } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const transport = new DefaultChatTransport({
  api,
  credentials: "include",
  body: { on_leave: "finish" },
});

const kept = () => JSON.parse(localStorage.getItem(id) ?? "[]");
const isQuestion = ({ role }) => role === "user";
const endsWhole = (messages) => Boolean(messages.at(-1)?.metadata?.usage);

/** Mounted anew where the network broke off: every version then begins the answer anew. */
function Page() {
  const [times, setTimes] = useState(0);
  return <Chat key={times} comeBack={() => setTimes((count) => count + 1)} />;
}

function Chat({ comeBack }) {
  const [before] = useState(kept);
  const { messages, sendMessage, status, error } = useChat({
    id,
    messages: before,
    resume: !endsWhole(before), // or what is whole would come again from its beginning
    transport,
    onFinish({ isDisconnect }) {
      if (isDisconnect) setTimeout(comeBack, PAUSE);
    },
  });
  useEffect(() => {
    const wanted = keeps ? messages : messages.filter(isQuestion);
    if (wanted.length) localStorage.setItem(id, JSON.stringify(wanted));
  }, [messages]);
  const answers = messages.filter((message) => !isQuestion(message));
  const isWhole = status === "ready" && endsWhole(messages);
  window.ask = (text) => void sendMessage({ text });
  window.stopAnswer = () => fetch(`${api}/${id}/stop`, { method: "POST", credentials: "include" });
  return (
    <main data-status={status} data-whole={isWhole}>
      {answers.map(({ id, parts }) => (
        <article key={id}>
          {parts.map((part, index) => part.type === "text" && <pre key={index}>{part.text}</pre>)}
        </article>
      ))}
      {error && <p role="alert">{String(error)}</p>}
    </main>
  );
}

createRoot(document.body.appendChild(document.createElement("div"))).render(<Page />);
