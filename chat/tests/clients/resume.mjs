/**
 * Asks as `useChat` asks, leaves at the first words, comes back as after a reload, and
 * prints what is on the page then. `url` is asked; `stop` stops it after the reload.
 */
export async function resume({ Chat, DefaultChatTransport }) {
  const asked = JSON.parse(process.argv[2]);
  const requests = [];
  let cookie = "";
  const fetchWithCookies = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (cookie) headers.set("Cookie", cookie);
    const response = await fetch(url, { ...init, headers });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    requests.push(`${init.method ?? "GET"} ${response.status}`);
    return response;
  };
  const load = (messages) => {
    const transport = new DefaultChatTransport({
      api: asked.url,
      body: { on_leave: "finish", ...asked.body },
      fetch: fetchWithCookies,
    });
    return new Chat({ id: "chat1", messages, transport });
  };
  const page = load([]);
  page["~registerMessagesCallback"](() => {
    const { role, parts } = page.lastMessage;
    if (role === "assistant" && parts.some((part) => part.text)) page.stop();
  });
  await page.sendMessage({ text: asked.text });
  const left = structuredClone(page.messages);
  // What a page keeps of it: the question alone, or the beginning of the answer too.
  const again = load(asked.keeps ? left : left.slice(0, 1));
  if (asked.stop) {
    const stopped = await fetchWithCookies(`${asked.url}/chat1/stop`, { method: "POST" });
    requests.push(JSON.stringify(await stopped.json()));
  }
  await again.resumeStream();
  const { status, error, messages } = again;
  console.log(JSON.stringify({ requests, status, error: error?.message, left, messages }));
}
