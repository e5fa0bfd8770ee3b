// Halls made to measure, as pretix seating-plan JSON.

const LEVELS = [["Premium", "#7c3aed"], ["Standard", "#0072b2"], ["Standing", "#d55e00"]];

/** `stalls` and `balcony` are [rows, seats in each]; `standing` is how many people may stand. */
export function hall({ stalls, balcony = null, standing = 0 }) {
  const [premium, standard, standingLevel] = LEVELS.map(([name]) => name);
  const zones = [zone("Stalls", premium, stalls, 200)];
  if (balcony) zones.push(zone("Balcony", standard, balcony, 260 + stalls[0] * 14));
  if (standing) zones[0].areas = [area("Standing", standingLevel, standing)];
  const used = standing ? 3 : balcony ? 2 : 1;
  return {
    name: "Great Hall", size: { width: 600, height: 900 },
    categories: LEVELS.slice(0, used).map(([name, color]) => ({ name, color })), zones,
  };
}

function zone(name, category, [rows, seats], y) {
  const seat = (row) => (_, index) => ({
    seat_number: String(index + 1), seat_guid: `${name}-${row + 1}-${index + 1}`, category,
    position: { x: index * 12 + 40, y: 0 },
  });
  return {
    name, zone_id: name, position: { x: 0, y }, areas: [],
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
