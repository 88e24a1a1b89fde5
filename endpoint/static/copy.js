// Puts words on the clipboard; tells whether that was allowed.
export async function copied(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    // Pages without TLS have no clipboard; the old way needs a selection.
    const carrier = document.createElement("textarea");
    carrier.value = words;
    document.body.append(carrier);
    carrier.select();
    const done = document.execCommand("copy");
    carrier.remove();
    return done;
  }
}
