// The same choice as a list: section, row, seats as checkboxes. For keyboard, screen reader, and who prefers it.

import { h, setText } from "../dom.js";
import { money, t } from "../i18n.js";
import { FREE } from "../map/seats.js";

const COUNT_EVERY_MS = 2_000;

export function seatList({ plan, sale, seats, choice, onSeat }) {
  const prices = new Map(sale.price_levels.map((level) => [level.index, level]));
  const rowsOf = plan.sections.map(() => []);
  plan.rows.forEach((row, index) => row.seats > 0 && rowsOf[row.section].push(index));
  const sections = rowsOf.map((rows, index) => ({ rows, index })).filter(({ rows }) => rows.length > 0);

  const section = h("select", { id: "list-section" });
  const row = h("select", { id: "list-row" });
  const legend = h("legend");
  const boxes = h("div", { class: "boxes" });
  const element = h("div", { class: "seat-list" },
    h("div", { class: "pair" },
      h("div", { class: "field" }, h("label", { for: "list-section" }, t("list.section")), section),
      h("div", { class: "field" }, h("label", { for: "list-row" }, t("list.row")), row)),
    h("fieldset", {}, legend, boxes));
  let shown = new Map(); // seat -> { box, label }

  const freeIn = (rowIndex) => {
    const { first_seat: first, seats: count } = plan.rows[rowIndex];
    let free = 0;
    for (let seat = first; seat < first + count; seat += 1) if (seats.states[seat] === FREE) free += 1;
    return free;
  };

  section.append(...sections.map(({ index }) => h("option", { value: index })));
  section.addEventListener("change", () => openSection());
  row.addEventListener("change", () => openRow());
  // The first section that still has seats is what people look for.
  const start = sections.find(({ rows }) => rows.some((index) => freeIn(index) > 0)) ?? sections[0];
  if (start) {
    section.value = start.index;
    openSection();
  }

  function openSection() {
    const rows = rowsOf[Number(section.value)];
    row.replaceChildren(...rows.map((index) => h("option", { value: index })));
    row.value = rows.find((index) => freeIn(index) > 0) ?? rows[0];
    count();
    openRow();
  }

  function openRow() {
    const index = Number(row.value);
    const { name, section: of, first_seat: first, seats: count } = plan.rows[index];
    setText(legend, t("list.legend", { section: plan.sections[of].name, row: name }));
    shown = new Map();
    boxes.replaceChildren();
    for (let seat = first; seat < first + count; seat += 1) {
      const { number, level, accessible, after_gap: gap } = plan.seats[seat];
      const price = prices.get(level);
      const box = h("input", { type: "checkbox", id: `seat-${seat}` });
      const label = h("label", { for: `seat-${seat}` });
      const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--swatch", price?.color);
      const detail = h("span", { class: "unseen" });
      label.append(swatch, number, accessible ? h("span", { class: "mark", "aria-hidden": "true" }, "◇") : "", detail);
      box.addEventListener("click", (event) => {
        // The box shows what the server will keep, so it is set from the choice and not by the click.
        event.preventDefault();
        if (box.getAttribute("aria-disabled") !== "true") setTimeout(() => onSeat(seat));
      });
      const said = [price && `${price.name}, ${money(price.price)}`, accessible && t("map.accessible")].filter(Boolean).join(", ");
      boxes.append(h("span", { class: gap ? "seat-box gap" : "seat-box" }, box, label));
      shown.set(seat, { box, detail, said });
    }
    mark();
  }

  function mark() {
    for (const [seat, { box, detail, said }] of shown) {
      const mine = choice.seats.has(seat);
      const taken = !mine && seats.states[seat] !== FREE;
      box.checked = mine;
      // Not `disabled`: a seat that is taken while one stands on it must not throw the focus away.
      box.setAttribute("aria-disabled", String(taken));
      setText(detail, `, ${taken ? t("map.taken") : said}`);
    }
  }

  function count() {
    if (document.activeElement !== section) {
      for (const option of section.options) {
        const free = rowsOf[option.value].reduce((sum, index) => sum + freeIn(index), 0);
        setText(option, t("list.option", { name: plan.sections[option.value].name, count: free }));
      }
    }
    if (document.activeElement === row) return;
    for (const option of row.options) {
      setText(option, t("list.row_option", { name: plan.rows[option.value].name, count: freeIn(Number(option.value)) }));
    }
  }

  seats.addEventListener("change", mark);
  choice.addEventListener("change", mark);
  const counting = setInterval(count, COUNT_EVERY_MS);
  return {
    element,
    show(seat) {
      if (seat === undefined) return;
      const { section: of } = plan.rows[plan.seats[seat].row];
      section.value = of;
      openSection();
      row.value = plan.seats[seat].row;
      openRow();
    },
    leave() {
      clearInterval(counting);
      seats.removeEventListener("change", mark);
      choice.removeEventListener("change", mark);
    },
  };
}
