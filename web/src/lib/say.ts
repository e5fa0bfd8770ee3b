// Sentences for screen readers, and where the focus goes.

let region: HTMLElement | undefined;

/** Says a sentence to screen readers, politely. */
export function say(sentence: string): void {
  if (!region) {
    region = document.createElement("div");
    region.className = "unseen";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  const said = region;
  said.textContent = "";
  // A region that was just emptied is read again even when the sentence is the same.
  setTimeout(() => { said.textContent = sentence; }, 50);
}

/** Moves the focus to a heading after the page changed under the reader. Use it as an attachment or call it. */
export function focusOn(element: Element | null | undefined): void {
  if (!(element instanceof HTMLElement)) return;
  if (!element.matches("a[href], button, input, select, textarea")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}
