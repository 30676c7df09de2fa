import { copy } from "./clipboard.js";
import { notice } from "./notices.js";
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);

/** What is done with a conversation or with all of them; loaded when it is done. */
export function serveMenus(shownId) {
  for (const menu of document.querySelectorAll(".menu")) {
    const close = ({ target }) => target.closest("button") && menu.hidePopover();
    // First, so that a dialog gives the focus back to what opened the menu.
    menu.addEventListener("click", close, { capture: true });
    menu.addEventListener("toggle", ({ newState }) => {
      const isOpen = newState === "open";
      document
        .querySelector(`[popovertarget="${menu.id}"]`)
        .setAttribute("aria-expanded", String(isOpen));
      if (isOpen) menu.querySelector("button:not([hidden])").focus();
    });
  }
  const serve = (id, run) =>
    byId(id).addEventListener("click", async ({ currentTarget }) => {
      try {
        await run(await import("./archive.js"), currentTarget);
      } catch (error) {
        notice(error.message);
      }
    });
  const title = () => byId("title").textContent;
  serve("copy-conversation", async ({ asMarkdown }, button) => {
    await copy(button, await asMarkdown(shownId()));
    notice(say("The conversation is copied."));
  });
  serve("export-markdown", async ({ asMarkdown, fileName, save }) => {
    save(fileName(title(), "md"), await asMarkdown(shownId()), "text/markdown");
  });
  serve("export-json", async ({ asJson, fileName, save }) => {
    save(fileName(title(), "json"), await asJson([shownId()]), "application/json");
  });
  serve("export-all", async ({ asJson, fileName, save }) => {
    const day = new Date().toISOString().slice(0, 10);
    save(fileName(`chat ${day}`, "json"), await asJson(), "application/json");
  });
  byId("import").addEventListener("click", () => byId("imported").click());
  byId("imported").addEventListener("change", async ({ target }) => {
    try {
      const { importJson } = await import("./archive.js");
      const count = await importJson(await target.files[0].text());
      notice(say("Conversations that came: {count}", { count }));
    } catch (error) {
      notice(error.message);
    }
    target.value = "";
  });
}
