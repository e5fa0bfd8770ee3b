// Halls made to measure, as pretix seating-plan JSON.

const LEVELS = [["Premium", "#7c3aed"], ["Standard", "#0072b2"], ["Standing", "#d55e00"]];

/** `stalls` and `balcony` are [rows, seats in each]; `standing` is how many people may stand. */
export function hall({ stalls, balcony = null, standing = 0, names = ["Stalls", "Balcony", "Standing"] }) {
  const [premium, standard, standingLevel] = LEVELS.map(([name]) => name);
  const zones = [zone(names[0], premium, stalls, 200)];
  if (balcony) zones.push(zone(names[1], standard, balcony, 260 + stalls[0] * 14));
  if (standing) zones[0].areas = [area(names[2], standingLevel, standing)];
  const used = standing ? 3 : balcony ? 2 : 1;
  return {
    name: "Great Hall", size: { width: 600, height: 900 },
    categories: LEVELS.slice(0, used).map(([name, color]) => ({ name, color })), zones,
  };
}

/** 20,160 seats in 24 sections, as in a big arena. */
export function arena() {
  const [columns, section] = [6, [20, 42]];
  const zones = Array.from({ length: 24 }, (_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    return zone(`Block ${index + 1}`, LEVELS[row % LEVELS.length][0], section, row * 340, column * 560);
  });
  return { name: "Arena", size: { width: 3_400, height: 1_400 }, categories: LEVELS.map(([name, color]) => ({ name, color })), zones };
}

function zone(name, category, [rows, seats], y, x = 0) {
  const seat = (row) => (_, index) => ({
    seat_number: String(index + 1), seat_guid: `${name}-${row + 1}-${index + 1}`, category,
    position: { x: index * 12 + 40, y: 0 },
  });
  return {
    name, zone_id: name, position: { x, y }, areas: [],
    rows: Array.from({ length: rows }, (_, row) => ({
      row_number: String(row + 1), position: { x: 0, y: row * 14 }, seats: Array.from({ length: seats }, seat(row)),
    })),
  };
}

function area(name, category, capacity) {
  return {
    shape: "rectangle", color: "#cccccc", border_color: "#333333", rotation: 0, position: { x: 40, y: -160 },
    rectangle: { width: 120, height: 100 }, text: { position: { x: 60, y: 50 }, color: "#000000", text: name },
    onsale: { name, capacity, category },
  };
}
