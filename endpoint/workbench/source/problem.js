// The place in a query that the server could not read, and what it said about it.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";

const show = StateEffect.define();
const hide = StateEffect.define();

class Said extends WidgetType {
  constructor(message) {
    super();
    this.message = message;
  }
  eq(other) {
    return other.message === this.message;
  }
  toDOM() {
    const line = document.createElement("div");
    line.className = "cm-problem";
    line.textContent = this.message;
    return line;
  }
}

// The marks go with the first edit: they speak of the text that was sent.
const field = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(show)) return marksFor(transaction.state.doc, effect.value);
      if (effect.is(hide)) return Decoration.none;
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (self) => [
    EditorView.decorations.from(self),
    EditorView.contentAttributes.from(self, (marks) => (marks.size ? { "aria-invalid": "true" } : {})),
  ],
});

function marksFor(doc, { from, message }) {
  const line = doc.lineAt(from);
  const rest = doc.sliceString(from, line.to);
  const length = rest.match(/^[\p{L}\p{N}_:?$-]+|^./u)?.[0].length ?? 0;
  const marks = [Decoration.widget({ widget: new Said(message), block: true, side: 1 }).range(line.to)];
  if (length) marks.unshift(Decoration.mark({ class: "cm-wrong" }).range(from, from + length));
  return Decoration.set(marks);
}

// Lines count from 1, and columns from 1 in characters, as in the server's problem documents.
function offset(doc, line, column) {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...found.text].slice(0, Math.max(column, 1) - 1).join("");
  return found.from + Math.min(before.length, found.length);
}

export const problem = field;

export function mark(view, line, column, message) {
  const from = offset(view.state.doc, line, column);
  view.dispatch({ effects: show.of({ from, message }), selection: { anchor: from }, scrollIntoView: true });
}

export function clear(view) {
  view.dispatch({ effects: hide.of(null) });
}
