// Makes the query page smoother; the page does everything without it, one page load at a time.
//
// A query is asked at the same address as the form asks it, as HTML, and the parts of that page
// are put in place of ours: there is one way in which answers look, and it is the server's.

import { copied } from "./copy.js";

const form = document.querySelector("#ask");
const area = document.querySelector("#query");
const stopButton = document.querySelector("#stop");
const clock = document.querySelector("#clock");
const spoken = document.querySelector("#status");
const PARTS = ["heading", "answer"];

let editor = null;
let running = null; // what stops the request that is under way
let here = address(location); // the address whose answer is shown

function address(place) {
  return place.pathname + place.search;
}

function text() {
  return editor ? editor.get() : area.value;
}

function put(query) {
  area.value = query;
  editor?.set(query);
}

// The form as it would be sent, the query first.
function fields(query) {
  const given = new URLSearchParams([["query", query]]);
  for (const one of form.querySelectorAll("input[type=hidden]")) given.append(one.name, one.value);
  return given;
}

async function run() {
  const query = text();
  if (!query.trim()) return focusQuery();
  const given = fields(query);
  const whole = `${form.action}?${given}`;
  if (whole.length > Number(form.dataset.longest)) await ask(form.action, { posted: String(given), query }, true);
  else await ask(whole, { query }, true);
}

// Asks, shows what came, and remembers it as a page of its own unless it comes from there.
async function ask(target, state, remember) {
  running?.abort();
  const mine = (running = new AbortController());
  const started = performance.now();
  const tick = setInterval(() => (clock.textContent = `${Math.round((performance.now() - started) / 1000)} seconds`), 1000);
  stopButton.hidden = false;
  form.setAttribute("aria-busy", "true");
  clock.textContent = "";
  say("Running");
  try {
    const response = await fetch(target, {
      headers: { Accept: "text/html" },
      signal: mine.signal,
      ...(state.posted && { method: "POST", body: new URLSearchParams(state.posted) }),
    });
    const page = await parsed(response);
    const again = target === location.href.split("#")[0];
    if (remember) history[again ? "replaceState" : "pushState"](state, "", target);
    here = address(location);
    show(page);
  } catch (error) {
    if (running !== mine) return; // another query was asked meanwhile
    if (error.name === "AbortError") say("Stopped. The server no longer works on it.");
    else say("The server cannot be reached. Run the query again in a moment.");
    clock.textContent = spoken.textContent;
    focusQuery();
  } finally {
    clearInterval(tick);
    if (running === mine) {
      running = null;
      stopButton.hidden = true;
      form.removeAttribute("aria-busy");
    }
  }
}

// The page of an answer or of a problem; what a server on the way says instead is made one.
async function parsed(response) {
  const body = await response.text();
  const page = new DOMParser().parseFromString(body, "text/html");
  if ((response.headers.get("Content-Type") ?? "").startsWith("text/html") && page.querySelector("#heading")) return page;
  const own = document.implementation.createHTMLDocument("Problem");
  own.body.innerHTML = '<div id="heading"><div class="problem"><h1></h1><p class="lead"></p></div></div><div id="answer"></div>';
  own.title = own.querySelector("h1").textContent = `Status ${response.status}`;
  own.querySelector("p").textContent = said(body) || response.statusText || "The server did not answer as it should.";
  return own;
}

function said(body) {
  try {
    return JSON.parse(body).detail;
  } catch {
    return "";
  }
}

function show(page) {
  document.title = page.title;
  page.querySelector("[autofocus]")?.removeAttribute("autofocus"); // it is for new pages; see below
  for (const id of PARTS) document.getElementById(id).replaceChildren(...page.getElementById(id).childNodes);
  furnish();
  const problem = document.querySelector("#heading .problem");
  const heading = problem?.querySelector("h1") ?? document.querySelector("#answer h2") ?? document.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
  clock.textContent = "";
  const lead = problem?.querySelector(".lead")?.textContent;
  const took = document.querySelector("#answer h2 + .note")?.textContent;
  say([heading.textContent, lead ?? took].filter(Boolean).join(". "));
}

function say(words) {
  spoken.textContent = words;
}

function focusQuery() {
  if (editor) editor.focus();
  else area.focus();
}

// What the new parts of the page need: tabs, buttons that copy, our address, the place of a fault.
function furnish() {
  views();
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const one of document.querySelectorAll("#answer .address")) one.textContent = form.action;
  mark();
}

function mark() {
  editor?.clear?.();
  const problem = document.querySelector("#heading .problem");
  const line = Number(problem?.dataset.line);
  const column = Number(problem?.dataset.column);
  if (!line || !column) return;
  if (editor) return editor.mark?.(line, column, problem.querySelector(".lead").textContent);
  const lines = area.value.split("\n");
  const left = [...lines[line - 1]].slice(0, column - 1).join(""); // columns are characters
  const start = [...lines.slice(0, line - 1), left].join("\n").length;
  area.setSelectionRange(start, start + (area.value.slice(start).match(/^\S+/)?.[0].length ?? 1));
}

// Table, chart and map as tabs (WAI-ARIA tabs pattern); without script they follow each other.
function views() {
  const list = document.querySelector("#views");
  if (!list) return;
  const tabs = [...list.querySelectorAll("a")];
  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    const name = tab.hash.slice(1);
    tab.id = `${name}-tab`;
    tab.parentElement.setAttribute("role", "presentation");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", name);
    const panel = document.getElementById(name);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(history.state, "", tab.hash);
      choose(tabs, tab);
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length].focus();
      else if (event.key === "Home") tabs[0].focus();
      else if (event.key === "End") tabs.at(-1).focus();
      else if (event.key === " ") tab.click();
      else return;
      event.preventDefault();
    });
  }
  choose(tabs, tabs.find((tab) => tab.hash === location.hash) ?? tabs[0]);
}

function choose(tabs, chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    document.getElementById(tab.hash.slice(1)).hidden = tab !== chosen;
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const words = source.href ? source.href + viewHash() : source.textContent;
  const name = button.textContent;
  button.textContent = (await copied(words)) ? "Copied" : "Copying is not allowed here";
  say(button.textContent);
  setTimeout(() => (button.textContent = name), 2000);
}

function viewHash() {
  return document.querySelector('#views [aria-selected="true"]')?.hash ?? "";
}

function find(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (one) => {
    const said = `${one.textContent} ${one.dataset.words}`.toLowerCase();
    return wanted.every((word) => said.includes(word));
  };
  const titles = new Set();
  for (const group of document.querySelectorAll("details.examples")) {
    const fitting = [...group.querySelectorAll("li")].filter((one) => {
      one.hidden = !fits(one);
      return !one.hidden;
    });
    group.hidden = !fitting.length;
    group.open = wanted.length > 0 && fitting.length > 0;
    for (const one of fitting) titles.add(one.querySelector("a").textContent);
  }
  document.querySelector("#found").textContent = wanted.length ? `${titles.size} found` : "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", () => running?.abort());
area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
window.addEventListener("popstate", (event) => {
  if (address(location) === here && !event.state?.posted) return; // only another part of the page
  here = address(location);
  if (event.state?.query) put(event.state.query);
  if (event.state?.query) ask(location.href, event.state, false);
  else location.reload();
});

window.addEventListener("hashchange", () => {
  const tabs = [...document.querySelectorAll("#views a")];
  const tab = tabs.find((one) => one.hash === location.hash);
  if (tab) choose(tabs, tab);
});

document.querySelector("#long").hidden = true; // the script sees for itself how long a query is
document.querySelector("#finder").hidden = false;
document.querySelector("#find").addEventListener("input", (event) => find(event.target.value));
const asked = document.querySelector("#answer h2");
if (history.state?.posted && !asked) {
  put(history.state.query); // a page that was loaded again, whose query no address holds
  ask(location.href, history.state, false);
} else {
  const posted = asked && form.method === "post" && { posted: String(fields(area.value)) };
  history.replaceState({ query: area.value, ...posted }, "");
  furnish();
}

import("./vendor/editor.js").then(
  (built) => {
    editor = built.mount(area, { completions: form.dataset.completions, run });
    mark();
  },
  () => {}, // not built: the text area does
);
