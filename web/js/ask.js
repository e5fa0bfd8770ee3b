// A question that must be answered before something is given up.

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Resolves to true if the reader agrees. Escape and "no" keep things as they are. */
export function ask(key) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "ask-title" },
      h("h2", { id: "ask-title" }, t(`${key}.title`)),
      h("p", {}, t(`${key}.text`)),
      h("form", { method: "dialog", class: "choices" },
        h("button", { class: "button", value: "no", autofocus: true }, t(`${key}.no`)),
        h("button", { class: "button primary", value: "yes" }, t(`${key}.yes`))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
