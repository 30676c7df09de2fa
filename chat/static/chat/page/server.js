/** What the server told the page. */
const settings = JSON.parse(document.getElementById("page-settings").textContent);
const MOST_TOKENS = 131_072; // that the service takes

export const { chatUrl, defaultModel, maxBodyBytes } = settings;
/** What says who asks, or null where everyone may; and where to get a new one. */
export const { accessToken, tokenUrl } = settings;
/** Names of the models to choose from, and of those of them that see. */
export const models = settings.models.map(({ name }) => name);
export const visionModels = namesOf(({ sees }) => sees);
export const defaultTemperature = settings.temperature;
/** The words of the simulator, or null where a model answers. */
export const scenarios = settings.scenarios;

/** Where the admin has the request, or null for who may not see it. */
export function adminPage(requestId) {
  if (!settings.adminRequest || !requestId) return null;
  return settings.adminRequest.replace("{id}", encodeURIComponent(requestId));
}

/** Whether it is known that the model sees no images. */
export function isBlind(model) {
  return known(model).sees === false;
}

/** What can be asked of the model's thinking: "enabled", an effort it has, "disabled". */
export function thinkingOf(model) {
  const { thinks, efforts } = known(model);
  if (thinks === "never") return [];
  if (thinks === "always") return efforts;
  return [...(efforts.length ? efforts : ["enabled"]), "disabled"];
}

/** How many tokens the service allows an answer, thoughts too, where nothing is chosen. */
export function roomOf(model, thinking) {
  const { room } = known(model);
  return room[thinking] ?? room[""];
}

/** How many tokens an answer of the model can be allowed. */
export function longestOf(model) {
  return known(model).longest ?? MOST_TOKENS;
}

function known(model) {
  const named = settings.models.find(({ name }) => name === model);
  const room = { "": settings.maxTokens };
  return named ?? { sees: null, thinks: null, efforts: [], longest: null, room };
}

function namesOf(isMeant) {
  return settings.models.filter(isMeant).map(({ name }) => name);
}
