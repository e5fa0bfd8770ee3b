// Paying: the seats are kept until the pay time is over; the provider's page takes the payment.

import { ask } from "../ask.js";
import { call, get, patiently, wait } from "../api.js";
import { h, whileBusy } from "../dom.js";
import { money, t } from "../i18n.js";
import { goToPayment, itemLines } from "../items.js";
import { timer } from "../timer.js";

const LOOK_EVERY_MS = 1_500;

export function payView(app) {
  const clock = timer(t("pay.timer"));
  const lines = h("div");
  const total = h("p", { class: "total" });
  const pay = h("button", { type: "button", class: "button primary wide", "aria-disabled": "true" }, t("pay.preparing"));
  const cancel = h("button", { type: "button", class: "link" }, t("pay.cancel"));
  const element = h("section", { class: "panel narrow" },
    h("h2", {}, t("pay.title")), h("p", { class: "lead" }, t("pay.text")), clock.element, lines, total, pay, cancel);
  let order = null;
  let left = false;

  const show = (fresh) => {
    order = fresh;
    lines.replaceChildren(itemLines(order.items));
    total.replaceChildren(h("span", {}, t("cart.total")), h("strong", { class: "num" }, money(order.total)));
    if (!order.payment_url) return;
    pay.removeAttribute("aria-disabled");
    pay.textContent = t("pay.go");
  };

  const onOrder = ({ detail }) => detail.order.id === app.place.order && show(detail.order);
  app.live.addEventListener("order", onOrder);

  async function look() {
    while (!left && !order?.payment_url) {
      try {
        if (app.place.order) show(await get(`/v1/orders/${encodeURIComponent(app.place.order)}`));
      } catch (problem) {
        if (!problem.passing) return app.fail(problem);
      }
      await wait(LOOK_EVERY_MS);
    }
    return undefined;
  }
  look();

  pay.addEventListener("click", () => order && goToPayment(order));
  cancel.addEventListener("click", async () => {
    if (!(await ask("cancel_order"))) return;
    whileBusy(cancel, async () => {
      try {
        await patiently(() => call("DELETE", `/v1/orders/${encodeURIComponent(app.place.order)}`));
        await app.refreshPlace();
      } catch (problem) {
        app.fail(problem);
      }
    });
  });

  return {
    element,
    update: () => clock.set(app.place.deadline_ms),
    leave() {
      left = true;
      clock.stop();
      app.live.removeEventListener("order", onOrder);
    },
  };
}
