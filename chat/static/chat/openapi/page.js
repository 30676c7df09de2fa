"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");

function followTheSystem() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

dark.addEventListener("change", followTheSystem);
followTheSystem();

SwaggerUIBundle({
  dom_id: "#description",
  url: document.getElementById("description").dataset.url,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null, // nobody else is to see the description
});
