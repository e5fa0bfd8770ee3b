// An invented hall of 2,000 seats with a standing area, for the mock.

const LEVELS = [["Parkett", "#c2410c"], ["Rang A", "#2563a8"], ["Rang B", "#3f7d3a"], ["Stehplatz", "#7a4fa0"]];

export function inventPlan() {
  const plan = { name: "Invented hall", width: 1000, height: 760, price_levels: LEVELS.map(([name, color]) => ({ name, color })),
    sections: [], rows: [], seats: [], areas: [] };
  const block = (name, level, { rows, radius, from, to, pitch = 10.5, step = 12, skip = 0 }) => {
    const section = plan.sections.push({ name }) - 1;
    for (let r = 0; r < rows; r += 1) {
      const distance = radius + r * step;
      const count = Math.floor(((to - from) * distance) / pitch);
      const first = plan.seats.length;
      for (let s = 0; s < count; s += 1) {
        const angle = from + ((to - from) * (s + 0.5)) / count;
        plan.seats.push({ guid: `${name}-${r + 1}-${s + 1}`, row: plan.rows.length, number: String(s + 1), level,
          x: 500 + distance * Math.sin(angle), y: 60 + distance * Math.cos(angle), accessible: r === rows - 1 && s < 4,
          after_gap: skip > 0 && s === skip });
      }
      plan.rows.push({ section, name: String(r + 1), first_seat: first, seats: count });
    }
  };
  block("Parkett Mitte", 0, { rows: 21, radius: 170, from: -0.36, to: 0.36, skip: 9 });
  block("Parkett links", 0, { rows: 18, radius: 185, from: -0.92, to: -0.41 });
  block("Parkett rechts", 0, { rows: 18, radius: 185, from: 0.41, to: 0.92 });
  block("Rang Mitte", 1, { rows: 12, radius: 460, from: -0.4, to: 0.4 });
  block("Rang links", 2, { rows: 10, radius: 460, from: -0.9, to: -0.44 });
  block("Rang rechts", 2, { rows: 10, radius: 460, from: 0.44, to: 0.9 });
  const excess = plan.seats.length - 2000;
  if (excess > 0) {
    plan.seats.length = 2000;
    for (const row of plan.rows) row.seats = Math.max(0, Math.min(row.seats, 2000 - row.first_seat));
    plan.rows = plan.rows.filter((row) => row.seats > 0);
  }
  plan.areas.push({ name: "Arena", level: 3, capacity: 300, x: 400, y: 130, width: 200, height: 72 });
  return plan;
}
