import { preferences } from "./preferences.js";
import { defaultTemperature, longestOf, models, roomOf, thinkingOf } from "./server.js";
import { EXAMPLE, toolsOf } from "./tools.js";
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);
const OTHER = "";

/** What the reader chooses: model, thinking, the settings and the tools. */
export function serveControls() {
  serveModel();
  serveThinking();
  serveSettings();
  serveTools();
  document.addEventListener("click", ({ target }) => {
    const opens = target.closest("[data-opens]")?.dataset.opens;
    if (opens) byId(opens).showModal();
    // Outside of a dialog is its backdrop.
    if (target.matches("dialog")) target.close();
    if (target.closest("[data-closes]")) target.closest("dialog").close();
  });
}

function serveModel() {
  const select = byId("model");
  const other = byId("other-model");
  const dialog = byId("model-dialog");
  const show = () => {
    const chosen = preferences.get("model");
    const known = models.includes(chosen) ? [] : [chosen];
    const options = [...known, ...models].map((name) => new Option(name));
    select.replaceChildren(...options, new Option(say("Another…"), OTHER));
    select.value = chosen;
  };
  select.addEventListener("change", () => {
    if (select.value !== OTHER) return preferences.set({ model: select.value });
    other.value = dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    const name = other.value.trim();
    if (name && dialog.returnValue) preferences.set({ model: name });
    show();
  });
  preferences.addEventListener("change", show);
  show();
}

function serveThinking() {
  const select = byId("thinking");
  const show = () => {
    const choices = thinkingOf(preferences.get("model"));
    const options = choices.map((choice) => new Option(nameOf(choice), choice));
    select.replaceChildren(new Option(say("Thinking: default"), ""), ...options);
    // What the model does not have is not asked for.
    const chosen = preferences.get("thinking");
    select.value = choices.includes(chosen) ? chosen : "";
    select.disabled = !choices.length;
  };
  select.addEventListener("change", () => preferences.set({ thinking: select.value }));
  preferences.addEventListener("change", show);
  show();
}

function nameOf(choice) {
  if (choice === "enabled") return say("Thinking: on");
  if (choice === "disabled") return say("Thinking: off");
  return say("Thinking: {effort}", { effort: choice });
}

function serveSettings() {
  const temperature = byId("temperature");
  const maxTokens = byId("max-tokens");
  const system = byId("system");
  const dropsText = byId("drops-text");
  temperature.placeholder = defaultTemperature;
  const show = () => {
    const model = preferences.get("model");
    maxTokens.placeholder = roomOf(model, preferences.get("thinking"));
    maxTokens.max = longestOf(model);
    if (byId("settings").open) return; // they are being written
    temperature.value = preferences.get("temperature") ?? "";
    maxTokens.value = preferences.get("maxTokens") ?? "";
    system.value = preferences.get("system");
    dropsText.checked = !preferences.get("keepsText");
  };
  preferences.addEventListener("change", show);
  show();
  byId("settings-form").addEventListener("input", ({ target }) => {
    if (!target.checkValidity()) return target.reportValidity();
    preferences.set({
      temperature: numberOf(temperature),
      maxTokens: numberOf(maxTokens),
      system: system.value,
      keepsText: !dropsText.checked,
    });
  });
}

/** What is empty, or not a number that can be, is left to the server. */
function numberOf(field) {
  return field.value && field.checkValidity() ? field.valueAsNumber : null;
}

function serveTools() {
  const field = byId("tools-text");
  const problem = byId("tools-problem");
  const dialog = byId("tools");
  const show = () => {
    const count = preferences.get("usesTools") ? toolsOf(preferences.get("tools")).length : 0;
    byId("tools-count").textContent = count || "";
    byId("tools-button").classList.toggle("is-on", count > 0);
    byId("tools-off").hidden = count === 0;
  };
  const tell = (sentence) => {
    problem.textContent = sentence;
    field.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  field.value = preferences.get("tools");
  byId("tools-example").addEventListener("click", () => {
    field.value = EXAMPLE;
    tell("");
  });
  byId("tools-form").addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      toolsOf(field.value);
    } catch (error) {
      tell(error.message);
      return field.focus();
    }
    tell("");
    preferences.set({ tools: field.value, usesTools: true });
    dialog.close();
  });
  byId("tools-off").addEventListener("click", () => {
    preferences.set({ tools: field.value, usesTools: false });
    dialog.close();
  });
  preferences.addEventListener("change", show);
  show();
}
