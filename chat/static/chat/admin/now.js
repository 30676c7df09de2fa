// Keeps the table of open requests fresh. Without it the page works by reloading.
"use strict";

const EVERY = 2000;
const page = document.getElementById("now");
const state = document.getElementById("now-state");
let timer;

function say(text, isTrouble = false) {
    // A screen reader speaks when this changes; the same words again are no news.
    if (state.textContent !== text) {
        state.textContent = text;
    }
    page.classList.toggle("trouble", isTrouble);
}

async function refresh() {
    clearTimeout(timer);
    if (document.hidden) {
        say("Paused while this tab is hidden.");
        return;
    }
    await renew();
    clearTimeout(timer);
    timer = setTimeout(refresh, EVERY);
}

async function renew() {
    try {
        const signal = AbortSignal.timeout(5 * EVERY);
        const answer = await fetch(page.dataset.rows, { signal, redirect: "manual" });
        if (answer.type === "opaqueredirect" || answer.status === 403) {
            say("You are no longer logged in, or may not see this: reload the page.", true);
        } else if (answer.ok) {
            show(await answer.text());
            say("Refreshes every 2 seconds.");
        } else {
            say(`The server answered ${answer.status}; trying again. What you see may be old.`, true);
        }
    } catch {
        say("The server cannot be reached; trying again. What you see may be old.", true);
    }
}

function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const focused = document.activeElement.closest("tbody tr");
    const [table, next] = [document, fresh].map((d) => d.getElementById("now-table"));
    replaceIfNew(document.getElementById("now-count"), fresh.getElementById("now-count"));
    replaceIfNew(document.getElementById("now-lanes"), fresh.getElementById("now-lanes"));
    table.hidden = next.hidden;
    renewRows(table.tBodies[0], next.tBodies[0]);
    if (focused && !focused.contains(document.activeElement)) {
        document.getElementById("now-count").focus({ preventScroll: true });
    }
}

// Row by row and cell by cell, so that a button keeps its focus and its click.
function renewRows(body, fresh) {
    const wanted = new Set([...fresh.rows].map((row) => row.id));
    [...body.rows].filter((row) => !wanted.has(row.id)).forEach((row) => row.remove());
    const known = new Map([...body.rows].map((row) => [row.id, row]));
    [...fresh.rows].forEach((row, place) => {
        const old = known.get(row.id);
        if (old) {
            [...row.cells].forEach((cell, i) => replaceIfNew(old.cells[i], cell));
        } else {
            body.insertBefore(document.adoptNode(row), body.rows[place] || null);
        }
    });
}

function replaceIfNew(old, fresh) {
    if (old.innerHTML !== fresh.innerHTML) {
        old.replaceChildren(...fresh.childNodes);
    }
}

async function stop(event) {
    event.preventDefault();
    const button = event.submitter;
    if (button.ariaDisabled) {
        return;
    }
    button.ariaDisabled = "true"; // `disabled` would take the focus away
    try {
        const body = new FormData(event.target);
        const answer = await fetch(button.formAction, { method: "POST", body, redirect: "manual" });
        if (answer.type !== "opaqueredirect") {
            throw new Error(answer.status);
        }
        refresh();
    } catch {
        button.ariaDisabled = null;
        say("The stop did not reach the server.", true);
    }
}

document.addEventListener("visibilitychange", refresh);
document.getElementById("stop")?.addEventListener("submit", stop);
refresh();
