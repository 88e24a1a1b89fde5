// What may be written next: words of SPARQL and of this query, and names that the server knows.

import { autocompletion, insertCompletionText, pickedCompletion } from "@codemirror/autocomplete";
import { EditorView } from "@codemirror/view";

import { CLAUSES, declared, FUNCTIONS, position, tokens, variables } from "./position.js";

const PATTERNS = ["BIND", "FILTER", "GRAPH", "MINUS", "OPTIONAL", "UNION", "VALUES"];
const KINDS = {
  prefix: "prefix",
  class: "class",
  predicate: "property",
  subject: "thing",
  object: "thing",
  expression: "thing",
  graph: "graph",
};
const SHORTEST = 2; // letters of a label before the server is asked without being told to

/** The extension: completion from the server at `address`, and PREFIX lines that write themselves. */
export function completion(address) {
  return [
    autocompletion({
      override: [fromQuery, (context) => fromServer(address, context)],
      activateOnTypingDelay: 150, // the pause before anything is asked
      maxRenderedOptions: 60,
      icons: false,
    }),
    declaring(address),
  ];
}

function fromQuery(context) {
  const before = context.state.sliceDoc(0, context.pos);
  const { place, from, text } = position(before);
  if (place === "none" || place === "prefix" || text.includes(":") || text.includes(" ")) return null;
  if (!text && !context.explicit) return null;
  const rest = before.slice(0, from) + context.state.sliceDoc(context.pos);
  const options = variables(rest).map((label) => ({ label, type: "variable", detail: "variable", boost: 2 }));
  const words =
    { top: [...CLAUSES, ...FUNCTIONS, "AS", "ASC", "BY", "DESC"], subject: PATTERNS, after: PATTERNS }[place] ??
    (place === "expression" ? [...FUNCTIONS, "AS", "ASC", "BY", "DESC"] : []);
  if (!text.startsWith("?"))
    for (const label of new Set(words)) options.push({ label, type: "keyword", detail: "keyword" });
  if (place === "predicate") options.push({ label: "a", type: "keyword", detail: "is a …" });
  return { from, options, validFor: /^[?$]?[\p{L}\p{N}_]*$/u };
}

async function fromServer(address, context) {
  const query = context.state.sliceDoc();
  const { place, from, text } = position(query.slice(0, context.pos));
  const kind = KINDS[place];
  if (!kind || /^[?$]/.test(text)) return null;
  const enough = kind !== "thing" || text.includes(":") || text.trim().length >= SHORTEST;
  if (!context.explicit && !(text && enough)) return null;
  const found = await ask(address, { kind, text: spelt(query, kind, text.trim()) }, context);
  return found && { from, options: found.map(option), filter: false }; // the server has ranked them
}

// The text to look for: a prefix that the query declares may be another than the server's.
function spelt(query, kind, text) {
  const [, prefix, local] = text.match(/^([^:]*):(.*)$/) ?? [];
  const namespace = kind === "prefix" ? undefined : declared(query).get(prefix);
  if (namespace !== undefined) return namespace + local;
  return kind === "prefix" ? text.replace(":", "") : text;
}

// The answer of the server; nothing when the reader has typed on in the meantime.
async function ask(address, parameters, context) {
  const stop = new AbortController();
  context?.addEventListener("abort", () => stop.abort(), { onDocChange: true });
  try {
    const answer = await fetch(`${address}?${new URLSearchParams(parameters)}`, { signal: stop.signal });
    return answer.ok ? (await answer.json()).found : null;
  } catch {
    return null; // stopped, or the server is away: the editor goes on without
  }
}

function option(one) {
  if (one.kind === "prefix")
    return { label: `${one.prefix}:`, detail: one.namespace, apply: `${one.prefix}: <${one.namespace}>` };
  const tail = one.iri.split("/").slice(-2).join("/");
  const details = one.kind === "thing" ? [one.description, tail] : [one.name ?? tail, one.count?.toLocaleString("en")];
  return {
    label: one.label,
    detail: details.filter(Boolean).join(" · "),
    info: one.kind === "thing" ? undefined : one.description,
    apply: (view, picked, from, to) => insert(view, picked, from, to, one),
  };
}

// Write a name as short as the query allows; where its prefix is free, declare it.
function insert(view, picked, from, to, one) {
  const known = declared(view.state.sliceDoc());
  const [own] = [...known].find(([, namespace]) => namespace === one.namespace) ?? [];
  const short = one.local && (own !== undefined || (one.prefix && !known.has(one.prefix)));
  const text = short ? `${own ?? one.prefix}:${one.local}` : `<${one.iri}>`;
  const written = insertCompletionText(view.state, text, from, to);
  view.dispatch({ ...written, annotations: pickedCompletion.of(picked) });
  if (short && own === undefined) declare(view, one.prefix, one.namespace);
}

function declare(view, prefix, namespace) {
  const lines = tokens(view.state.sliceDoc());
  let after = 0;
  lines.forEach((word, at) => {
    const before = word.kind === "iri" ? [lines[at - 1]?.text, lines[at - 2]?.text] : [];
    if (/^base$/i.test(before[0]) || /^prefix$/i.test(before[1]))
      after = Math.min(view.state.doc.lineAt(word.from).to + 1, view.state.doc.length);
  });
  const insert = `PREFIX ${prefix}: <${namespace}>\n`;
  view.dispatch({ changes: { from: after, insert }, userEvent: "input.complete" });
}

// A prefix that the server knows is declared as soon as its colon is typed.
function declaring(address) {
  let known = null;
  const load = async () => {
    known ??= ask(address, { kind: "prefix", text: "" });
    return (await known) ?? ((known = null), []);
  };
  return [
    EditorView.domEventHandlers({ focus: () => void load() }),
    EditorView.updateListener.of(async (update) => {
      if (!update.transactions.some((one) => one.isUserEvent("input.type"))) return;
      const { view } = update;
      const at = view.state.selection.main.head;
      const { place, text } = position(view.state.sliceDoc(0, at));
      const prefix = text.match(/^([\p{L}][\p{L}\p{N}_.-]*):$/u)?.[1];
      if (!prefix || ["none", "prefix", "top"].includes(place)) return;
      const found = (await load()).find((one) => one.prefix === prefix);
      const now = view.state.sliceDoc();
      if (found && !declared(now).has(prefix) && now.includes(`${prefix}:`)) declare(view, prefix, found.namespace);
    }),
  ];
}
