/**
 * Asks `/v1` by the AI SDK with its own telemetry. The first argument says where: `url`,
 * and `receiver`, which gets the spans. Prints what was answered.
 */
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";

const { url, receiver } = JSON.parse(process.argv[2]);
const exporter = new OTLPTraceExporter({ url: `${receiver}/v1/traces` });
const { promise: isOver, resolve } = resolvable();
const waiting = {
  onStart() {},
  onEnd: (span) => span.name === "ai.streamText" && resolve(),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const tracing = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter), waiting],
});
tracing.register();
// What hands a trace on where Node.js fetches; Next.js has the like of it.
registerInstrumentations({ instrumentations: [new UndiciInstrumentation()] });

const provider = createOpenAICompatible({ name: "zai", baseURL: url, apiKey: "any" });
const answer = streamText({
  model: provider("glm-4.6"),
  prompt: "Hello",
  maxRetries: 0,
  experimental_telemetry: { isEnabled: true, recordInputs: false, recordOutputs: false },
});
const text = await answer.text;
await isOver; // its span ends after its text
await tracing.shutdown();
console.log(JSON.stringify({ text }));

function resolvable() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}
