// What may stand at the cursor of a query that is still being written.
//
// The reader is in the middle of a sentence, so this does not parse: it walks the words before
// the cursor and remembers, for each open bracket, which part of a statement comes next.

const TOKEN = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<iri><[^<>"{}|^${"`"}\\\s]*>)`,
    String.raw`(?<string>"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`,
    String.raw`(?<open>"""|'''|"|')`, // a string that does not end before the cursor
    String.raw`(?<variable>[?$][\p{L}\p{N}_]+)`,
    String.raw`(?<name>(?:[\p{L}][\p{L}\p{N}_.-]*)?:(?:[\p{L}\p{N}_:%-]|\.(?=[\p{L}\p{N}_:%.-])|\\.)*)`,
    String.raw`(?<language>@[a-zA-Z]+(?:-[a-zA-Z0-9]+)*)`,
    String.raw`(?<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_]*)`,
    String.raw`(?<mark>\^\^|&&|\|\||[!<>]=|[^\s])`,
  ].join("|"),
  "gu",
);
const TYPED = /(?:[?$][\p{L}\p{N}_]*|(?:[\p{L}][\p{L}\p{N}_.-]*)?:[\p{L}\p{N}_.:%-]*|[\p{L}_][\p{L}\p{N}_-]*)$/u;
const PHRASE = /(?<![\p{L}\p{N}_:?$.@<"'-])[\p{L}][\p{L}\p{N}'’&,()-]*(?: [\p{L}\p{N}'’&,()-]+)* ?$/u;
const TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";

export const CLAUSES =
  "ASK BASE BIND CONSTRUCT DESCRIBE DISTINCT FILTER FROM GRAPH GROUP HAVING LIMIT MINUS NAMED OFFSET OPTIONAL ORDER PREFIX REDUCED SELECT UNDEF UNION VALUES WHERE".split(" ");
const SMALL = "AS ASC BY DESC EXISTS IN NOT SEPARATOR SERVICE SILENT true false".split(" ");
export const FUNCTIONS =
  "ABS AVG BNODE BOUND CEIL COALESCE CONCAT CONTAINS COUNT DATATYPE DAY ENCODE_FOR_URI EXISTS FLOOR GROUP_CONCAT HOURS IF IN IRI isBLANK isIRI isLITERAL isNUMERIC LANG LANGMATCHES LCASE MAX MD5 MIN MINUTES MONTH NOT NOW RAND REGEX REPLACE ROUND sameTerm SAMPLE SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TZ UCASE UUID YEAR".split(" ");
const RESERVED = new Set([...CLAUSES, ...SMALL, ...FUNCTIONS].map((word) => word.toUpperCase()));

/** The words of a text, each with its kind, its place and what it says. */
export function tokens(text) {
  const found = [];
  for (const match of text.matchAll(TOKEN)) {
    const [kind] = Object.entries(match.groups).find(([, said]) => said !== undefined);
    found.push({ kind, text: match[0], from: match.index });
    if (kind === "open") break; // all that follows is inside it
  }
  return found;
}

/** The prefixes that a query declares: name to namespace. */
export function declared(text) {
  const found = new Map();
  const words = tokens(text);
  words.forEach((word, at) => {
    if (word.kind === "word" && word.text.toUpperCase() === "PREFIX" && words[at + 2]?.kind === "iri")
      found.set(words[at + 1].text.slice(0, -1), words[at + 2].text.slice(1, -1));
  });
  return found;
}

/** The variables of a query, in the order of their names. */
export function variables(text) {
  const found = tokens(text).filter((word) => word.kind === "variable");
  return [...new Set(found.map((word) => word.text.replace("$", "?")))].sort();
}

/**
 * What is being written at the end of `before`, and what may stand there.
 *
 * `place` is one of top, prefix, subject, predicate, class, object, graph, expression and none;
 * `from` is where what has been typed begins, `text` what it is. In a place for things several
 * words may be typed of one label.
 */
export function position(before) {
  let typed = before.match(TYPED)?.[0] ?? "";
  const words = tokens(before.slice(0, before.length - typed.length));
  // "<http://exam|" and '"some te|' are still open, as is a comment on the same line.
  const last = words.at(-1);
  const tail = last ? before.slice(last.from) : "";
  if (last?.kind === "open" || (last?.kind === "comment" && !tail.includes("\n"))) return nowhere(before);
  if (/<[^<>"{}|^`\\\s]*$/.test(before)) return nowhere(before);
  if (/[@0-9]$/.test(before.slice(0, before.length - typed.length))) return nowhere(before);
  const place = walk(words);
  if (["object", "subject", "graph", "expression"].includes(place)) {
    // A label may have several words; a word of SPARQL before it is not part of it.
    const phrase = (before.match(PHRASE)?.[0] ?? "").split(" ");
    while (RESERVED.has(phrase[0]?.toUpperCase())) phrase.shift();
    if (phrase.length > 1) typed = phrase.join(" ");
  }
  return { place, from: before.length - typed.length, text: typed };
}

function nowhere(before) {
  return { place: "none", from: before.length, text: "" };
}

// For each open bracket: `next` is what the statement in it wants, `verb` its last predicate.
function walk(words) {
  const stack = [{ kind: "top", next: "top", verb: "" }];
  const here = () => stack.at(-1);
  const term = (said) => {
    const level = here();
    if (level.next === "subject") level.next = "predicate";
    else if (level.next === "predicate") [level.next, level.verb] = ["object", said];
    else if (level.next === "object") level.next = "after";
    else if (level.next === "graph") level.next = level.kind === "top" ? "top" : "subject";
  };
  let values = false;
  let skip = false; // the datatype after ^^
  words.forEach((word, at) => {
    const level = here();
    const said = word.text.toUpperCase();
    if (skip) skip = false;
    else if (word.kind === "word") {
      if (word.text === "a" && level.next === "predicate") term(TYPE);
      else if (["GRAPH", "FROM"].includes(said)) level.next = "graph";
      else if (said === "NAMED" && level.next === "graph") level.next = "graph";
      else if (said === "PREFIX") level.next = "prefix";
      else if (["OPTIONAL", "UNION", "MINUS", "FILTER", "BIND"].includes(said) && level.kind === "group")
        level.next = "subject";
      else if (said === "VALUES") values = true;
      else if (["HAVING", "ORDER", "GROUP"].includes(said)) level.next = "expression";
      else if (["LIMIT", "OFFSET", "WHERE", "SELECT", "CONSTRUCT"].includes(said)) level.next = "top";
      else if (["TRUE", "FALSE", "UNDEF"].includes(said)) term("");
    } else if (["iri", "variable", "string", "number"].includes(word.kind)) {
      if (level.next === "prefix") level.next = "top";
      else if (!(values && word.kind === "variable")) term(word.text);
    } else if (word.kind === "name") {
      if (level.next !== "prefix") term(word.text);
    } else if (word.kind === "mark") {
      if (word.text === "{") {
        const inner = values ? "values" : "group";
        values = false;
        stack.push({ kind: inner, next: inner === "values" ? "thing" : "subject", verb: "" });
      } else if (word.text === "[") stack.push({ kind: "group", next: "predicate", verb: "" });
      else if (word.text === "(") {
        const path = level.next === "predicate";
        const list = !path && !expects(words, at) && ["subject", "object"].includes(level.next);
        const next = values ? "top" : level.kind === "values" ? "thing" : path ? "path" : list ? "thing" : "expression";
        stack.push({ kind: list ? "list" : path ? "path" : "expression", next, verb: "" });
      } else if ("}])".includes(word.text)) {
        const closed = stack.length > 1 ? stack.pop() : level;
        if (word.text === "}") here().next = here().kind === "top" ? "top" : "subject";
        else if (closed.kind !== "expression") term("");
      } else if (level.kind === "group") {
        if (word.text === ".") level.next = "subject";
        else if (word.text === ";") level.next = "predicate";
        else if (word.text === ",") level.next = "object";
        else if ("/|".includes(word.text) && level.next === "object") level.next = "predicate";
        else if (word.text === "^^") skip = true;
      } else if (word.text === "^^") skip = true;
    }
  });
  const { kind, next, verb } = here();
  if (next === "object" && (verb === TYPE || verb === "rdf:type" || verb === `<${TYPE}>`)) return "class";
  if (next === "thing") return "object";
  if (next === "path") return "predicate";
  if (next === "after") return kind === "group" ? "after" : "expression";
  return next;
}

// Whether the bracket at a place opens the arguments of a function or a filter, not a list.
function expects(words, at) {
  const before = words[at - 1];
  return before?.kind === "word" && RESERVED.has(before.text.toUpperCase());
}
