/** What the server told the page. */
const settings = JSON.parse(document.getElementById("page-settings").textContent);

export const { chatUrl, models, defaultModel, visionModels, maxBodyBytes } = settings;
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
  return models.includes(model) && !visionModels.includes(model);
}
