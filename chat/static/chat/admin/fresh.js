// Says how many requests have come since the page was drawn. Nothing moves by itself.
"use strict";

const EVERY = 20_000;
const MOST = 100;

for (const line of document.querySelectorAll("[data-fresh]")) {
    const said = line.querySelector("[role=status]");
    setInterval(() => document.hidden || look(line, said), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || look(line, said));
}

async function look(line, said) {
    try {
        const answer = await fetch(line.dataset.fresh, { redirect: "manual" });
        if (answer.ok) {
            const { new: count } = await answer.json();
            say(said, count);
        }
    } catch {
        // The next look tells.
    }
}

function say(said, count) {
    const number = count >= MOST ? `${MOST} or more` : count;
    const words = count ? `${number} new since` : "";
    if (said.textContent !== words) {
        said.textContent = words;
    }
}
