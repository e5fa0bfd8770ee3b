// The time that is left for a step, by the server's clock; said aloud only when it matters.

import { asClock, countDown } from "./clock.js";
import { announce, h, setText } from "./dom.js";
import { t } from "./i18n.js";

const SAID_AT_SECONDS = [120, 60, 30, 10];

/** An element with a running timer; call `set(deadlineMs)` when the deadline is known or moves. */
export function timer(label) {
  const clock = h("span", { class: "num timer-clock" });
  const element = h("p", { class: "timer", role: "timer" }, h("span", { class: "timer-label" }, label), clock);
  let stop = () => {};
  let deadline = null;
  return {
    element,
    set(deadlineMs) {
      if (deadlineMs === deadline) return;
      deadline = deadlineMs;
      stop();
      if (deadlineMs === null) return setText(clock, "");
      let before = Infinity;
      stop = countDown(deadlineMs, (left) => {
        const seconds = Math.ceil(left / 1_000);
        setText(clock, asClock(left));
        element.classList.toggle("soon", seconds <= 60);
        const mark = SAID_AT_SECONDS.find((at) => seconds <= at && before > at);
        if (mark && before !== Infinity) announce(t("timer.left", { count: seconds }));
        before = seconds;
      });
      return undefined;
    },
    stop: () => stop(),
  };
}
