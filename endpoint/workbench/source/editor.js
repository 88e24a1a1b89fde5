// The editor of the query page: a better text area, for browsers that run scripts.
//
// It stands in front of the page's own <textarea>, which keeps the text, so that the form can be
// sent and nothing is lost when this file is not there.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentService, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { sparql } from "codemirror-lang-sparql";

import { completion } from "./completion.js";
import { clear, mark, problem } from "./problem.js";
import { highlighting, theme } from "./styles.js";

const KEYS =
  "Control or Command with Enter runs the query, Control with Space offers completions and " +
  "Escape closes them, Control or Command with ] or [ indents. Tab leaves the editor.";

// One step deeper after an opening bracket, as before otherwise.
const indentation = indentService.of((context, at) => {
  const line = context.state.doc.lineAt(at);
  const above = line.number > 1 && line.from === at ? context.state.doc.line(line.number - 1) : line;
  const text = context.state.doc.sliceString(above.from, Math.min(above.to, Math.max(at, above.from)));
  const depth = text.match(/^ */)[0].length;
  return /[{([]\s*$/.test(text) ? depth + context.unit : depth;
});

// A bracket typed where its pair was written already, after nothing but space: the cursor moves on.
const overtyping = EditorView.inputHandler.of((view, from, to, text) => {
  if (from !== to || !"}])".includes(text)) return false;
  const query = view.state.sliceDoc();
  const space = query.slice(to).match(/^\s*/)[0].length;
  const count = (one) => query.split(one).length;
  if (!space || query[to + space] !== text || count(text) !== count("{[("["}])".indexOf(text)])) return false;
  const blank = query.slice(0, to).match(/\s*$/)[0].length;
  view.dispatch({
    changes: { from: to - blank, to },
    selection: { anchor: to - blank + space + 1 },
    scrollIntoView: true,
    userEvent: "input.type",
  });
  return true;
});

// Typing over several lines: the browser's own way writes inline styles, which our policy refuses.
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { state, composing } = view;
    const { from, to } = state.selection.main;
    if (event.inputType !== "insertText" || !event.data || composing) return false;
    if (state.doc.lineAt(from).number === state.doc.lineAt(to).number) return false;
    view.dispatch(state.replaceSelection(event.data), { scrollIntoView: true, userEvent: "input.type" });
    return true;
  },
});

/**
 * Put an editor in the place of a text area.
 *
 * `completions` is the address that knows our words; `run` is called when the reader asks to run
 * the query; `change`, where given, after each edit. Returns what the page does with the editor.
 */
export function mount(area, { completions, run, change }) {
  const help = document.createElement("p");
  help.id = `${area.id}-keys`;
  help.className = "note";
  help.textContent = KEYS;
  const [label] = area.labels;
  if (label) label.id ||= `${area.id}-label`;

  const view = new EditorView({
    doc: area.value,
    extensions: [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run?.(), true) }])),
      lineNumbers(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      history(),
      bracketMatching(),
      closeBrackets(),
      sparql(),
      syntaxHighlighting(highlighting),
      indentUnit.of("  "),
      indentation,
      problem,
      overtyping,
      replacing,
      theme,
      completion(completions),
      // Tab is not bound, here or in the keymaps: it moves on, as everywhere on the page.
      keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.lineWrapping,
      EditorState.phrases.of({ Completions: "Completions" }),
      EditorView.contentAttributes.of({
        ...(label ? { "aria-labelledby": label.id } : { "aria-label": "SPARQL query" }),
        "aria-describedby": help.id,
        tabindex: "0", // as it is anyway; but it says so to those who look for it
        spellcheck: "false",
      }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        area.value = update.state.doc.toString();
        change?.();
      }),
    ],
  });

  area.before(view.dom, help);
  area.hidden = true;
  area.required = false; // a browser cannot point at a missing value that is not shown
  label?.addEventListener("click", () => view.focus());

  return {
    get: () => view.state.doc.toString(),
    set: (text) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } }),
    focus: () => view.focus(),
    mark: (line, column, message) => mark(view, line, column, message),
    clear: () => clear(view),
  };
}
