/** What the server told the page. */
const settings = JSON.parse(document.getElementById("page-settings").textContent);

export const { chatUrl, defaultModel, maxBodyBytes } = settings;
/** What says who asks, or null where everyone may; and where to get a new one. */
export const { accessToken, tokenUrl } = settings;
/** Names of the models to choose from, and of those of them that see. */
export const models = settings.models.map(({ name }) => name);
export const visionModels = namesOf(({ sees }) => sees);
export const defaults = settings.defaults;
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

function known(model) {
  const named = settings.models.find(({ name }) => name === model);
  return named ?? { sees: null, thinks: null, efforts: [] };
}

function namesOf(isMeant) {
  return settings.models.filter(isMeant).map(({ name }) => name);
}
