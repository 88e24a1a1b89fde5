// The styles of the editor, by a way that a Content-Security-Policy without 'unsafe-inline' allows.
//
// CodeMirror writes a <style> element into a document, which such a policy drops without a word.
// A constructed style sheet is no inline style, so all its rules go into one of those instead.

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";

const sheets = new Map(); // document -> its sheet and the modules in it

StyleModule.mount = (root, modules) => {
  const page = root.ownerDocument ?? root;
  if (!sheets.has(page)) {
    const sheet = new page.defaultView.CSSStyleSheet();
    sheets.set(page, { sheet, mounted: [] });
    page.adoptedStyleSheets = [...page.adoptedStyleSheets, sheet];
  }
  const { sheet, mounted } = sheets.get(page);
  const wanted = [modules].flat();
  if (wanted.every((module) => mounted.includes(module))) return;
  // Later modules win, so the order given holds among them.
  const all = [...mounted.filter((module) => !wanted.includes(module)), ...wanted];
  mounted.splice(0, mounted.length, ...all);
  sheet.replaceSync(all.map((module) => module.getRules()).join("\n"));
};

// Every colour has a contrast of 7 or more on white and on the colour of the active line.
export const highlighting = HighlightStyle.define([
  { tag: tags.keyword, color: "#6a1b7f", fontWeight: "600" },
  { tag: tags.bool, color: "#6a1b7f" },
  { tag: tags.variableName, color: "#00504a" },
  { tag: [tags.string, tags.annotation], color: "#7a3000" },
  { tag: [tags.namespace, tags.url, tags.typeName], color: "#0b4680" },
  { tag: [tags.integer, tags.float], color: "#8a1538" },
  { tag: tags.comment, color: "#4a5358", fontStyle: "italic" },
]);

export const theme = EditorView.theme({
  "&": { border: "2px solid #1a1a1a", backgroundColor: "#fff", color: "#1a1a1a" },
  "&.cm-focused": {
    outline: "3px solid #fd0",
    outlineOffset: "1px",
    boxShadow: "0 0 0 5px #000",
  },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    fontSize: ".95em",
    lineHeight: "1.5",
    maxHeight: "60vh",
    overflow: "auto",
  },
  ".cm-content": { minHeight: "9em", padding: ".5rem 0" },
  ".cm-gutter": { minHeight: "9em" },
  ".cm-content:focus-visible": { outline: "none", boxShadow: "none" }, // the whole box shows it
  ".cm-cursor": { borderLeft: "2px solid #1a1a1a" },
  ".cm-gutters": { backgroundColor: "#f4f6f7", color: "#4a5358", borderRight: "1px solid #c9ced1" },
  ".cm-activeLine": { backgroundColor: "#f4f6f7" },
  ".cm-activeLineGutter": { backgroundColor: "#e3e8ea", color: "#1a1a1a" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "#c8e6c9", outline: "1px solid #00703c" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "#fbd9d3" },
  ".cm-wrong": {
    textDecoration: "underline wavy #d4351c 2px",
    textUnderlineOffset: "3px",
    backgroundColor: "#fbe4e0",
  },
  ".cm-problem": {
    borderLeft: "4px solid #d4351c",
    backgroundColor: "#fbe4e0",
    color: "#1a1a1a",
    fontFamily: "system-ui, sans-serif",
    padding: ".15rem .6rem",
    whiteSpace: "pre-wrap",
  },
  ".cm-tooltip": { border: "1px solid #505a5f", backgroundColor: "#fff", color: "#1a1a1a" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "inherit",
    maxHeight: "16em",
    maxWidth: "min(44rem, 92vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "1.5em",
    maxWidth: "none",
    padding: ".2em .6em",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "#0b4680", color: "#fff" },
  ".cm-completionDetail": {
    marginLeft: "auto",
    color: "#4a5358",
    fontStyle: "normal",
    overflow: "hidden",
    textOverflow: "ellipsis",
  },
  "li[aria-selected] .cm-completionDetail": { color: "#fff" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: ".4em .6em", maxWidth: "17rem", overflowWrap: "anywhere" },
  "@media (max-width: 40rem)": {
    ".cm-tooltip.cm-completionInfo": { display: "none" }, // it would lie on the list
  },
});
