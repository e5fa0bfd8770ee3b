// Log in or create an account, in place: nobody is sent away from a line they stand in.

import { call, patiently } from "./api.js";
import { focusOn, h, whileBusy } from "./dom.js";
import { language, t } from "./i18n.js";
import { showProblem } from "./notice.js";

const PASSWORD_CHARS_MIN = 10;
const FIELD_OF = {
  email_invalid: "email", email_taken: "email", credentials_wrong: "password",
  password_too_short: "password", password_too_long: "password", password_too_common: "password",
};

/** A section with the form; `onSignedIn(account)` follows a success; `level` is that of its heading. */
export function accountForm(onSignedIn, { create = true, level = "h2" } = {}) {
  const section = h("section", { class: "panel account-form", "aria-labelledby": "account-title" });
  const draw = (creating, email = "") => {
    const problem = h("div");
    const field = (name, type, autocomplete, extra = {}) => h("div", { class: "field" },
      h("label", { for: `account-${name}` }, t(`account.${name}`)),
      h("input", { id: `account-${name}`, name, type, autocomplete, ...extra }));
    const submit = h("button", { class: "button primary wide" }, t(creating ? "account.create" : "account.log_in"));
    const password = field("password", "password", creating ? "new-password" : "current-password",
      { required: true, minlength: creating ? PASSWORD_CHARS_MIN : null, "aria-describedby": creating ? "password-hint" : null });
    if (creating) password.append(h("p", { id: "password-hint", class: "muted fine" }, t("account.password_hint", { count: PASSWORD_CHARS_MIN })));
    const form = h("form", {},
      problem,
      creating && field("name", "text", "name", { maxlength: 100 }),
      field("email", "email", "email", { required: true, value: email }),
      password,
      submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      whileBusy(submit, () => send(form, creating, problem));
    });
    const other = h("button", { type: "button", class: "link", onclick: () => {
      draw(!creating, form.elements.email.value);
      focusOn(section.querySelector(level));
    } }, t(creating ? "account.have_one" : "account.need_one"));
    section.replaceChildren(h(level, { id: "account-title" }, t(creating ? "account.create_title" : "account.log_in_title")),
      h("p", { class: "muted" }, t("account.why")), form, other);
  };
  draw(create);

  async function send(form, creating, host) {
    showProblem(host, null);
    for (const input of form.querySelectorAll("input")) input.removeAttribute("aria-invalid");
    const { email, password, name } = form.elements;
    const body = { email: email.value.trim(), password: password.value };
    if (creating) Object.assign(body, { locale: language }, name.value.trim() && { name: name.value.trim() });
    try {
      const path = creating ? "/v1/accounts" : "/v1/session";
      await onSignedIn(await patiently(() => call("POST", path, body)));
    } catch (problem) {
      showProblem(host, problem);
      const wrong = form.elements[FIELD_OF[problem.code]];
      wrong?.setAttribute("aria-invalid", "true");
      wrong?.focus();
    }
  }
  return section;
}
