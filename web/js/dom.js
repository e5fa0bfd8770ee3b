// Elements without a template language: text is always text, and no inline style or handler, as the CSP asks.

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id of the page's own HTML. */
export const byId = (id) => document.getElementById(id);

/** An element: `props` are attributes, `class`, or `onclick`-like listeners; children are nodes or text. */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets the text only when it changed, so that a screen reader and the layout are left alone otherwise. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Moves the focus to a heading after the page changed under the reader. */
export function focusOn(element) {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

/** Runs `work` with the button shut, so that one click is one request. */
export async function whileBusy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}

let announcer;

/** Says a sentence to screen readers, politely. */
export function announce(sentence) {
  if (!announcer) {
    announcer = h("div", { class: "unseen", "aria-live": "polite", role: "status" });
    document.body.append(announcer);
  }
  announcer.textContent = "";
  // A region that was just emptied is read again even when the sentence is the same.
  setTimeout(() => { announcer.textContent = sentence; }, 50);
}
