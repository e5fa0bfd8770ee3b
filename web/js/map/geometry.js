// Where things are on the map, in the plan's units: extent, size of a seat, sections, and what is under a point.

/** Derived once per plan. */
export class Geometry {
  constructor(plan) {
    this.plan = plan;
    this.pitch = pitchOf(plan);
    this.bounds = boundsOf(plan, this.pitch);
    this.sections = sectionsOf(plan);
    this.#sortIntoCells();
  }

  #cells = new Map();
  #cell = 1;

  #sortIntoCells() {
    this.#cell = this.pitch * 3;
    this.plan.seats.forEach(({ x, y }, seat) => {
      const key = this.#key(Math.floor(x / this.#cell), Math.floor(y / this.#cell));
      const cell = this.#cells.get(key);
      if (cell) cell.push(seat);
      else this.#cells.set(key, [seat]);
    });
  }

  #key(column, row) {
    return column * 65_536 + row;
  }

  /** The seat nearest to a point, within `reach` of it; -1 if there is none. */
  seatAt(x, y, reach) {
    let nearest = -1;
    let distance = reach * reach;
    const span = Math.min(Math.ceil(reach / this.#cell), 3);
    const column = Math.floor(x / this.#cell);
    const row = Math.floor(y / this.#cell);
    for (let c = column - span; c <= column + span; c += 1) {
      for (let r = row - span; r <= row + span; r += 1) {
        for (const seat of this.#cells.get(this.#key(c, r)) ?? []) {
          const dx = this.plan.seats[seat].x - x;
          const dy = this.plan.seats[seat].y - y;
          if (dx * dx + dy * dy < distance) {
            nearest = seat;
            distance = dx * dx + dy * dy;
          }
        }
      }
    }
    return nearest;
  }

  /** The counted area at a point; -1 if there is none. */
  areaAt(x, y) {
    return this.plan.areas.findIndex((area) =>
      x >= area.x && x <= area.x + area.width && y >= area.y && y <= area.y + area.height);
  }
}

/** The usual distance between neighbours of a row: the median, so that aisles do not count. */
function pitchOf({ rows, seats }) {
  const distances = [];
  for (const { first_seat: first, seats: count } of rows) {
    for (let seat = first + 1; seat < first + count; seat += 1) {
      const distance = Math.hypot(seats[seat].x - seats[seat - 1].x, seats[seat].y - seats[seat - 1].y);
      if (distance > 0) distances.push(distance);
    }
  }
  distances.sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? 10;
}

function boundsOf({ seats, areas }, pitch) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const cover = (x0, y0, x1, y1) => {
    left = Math.min(left, x0);
    top = Math.min(top, y0);
    right = Math.max(right, x1);
    bottom = Math.max(bottom, y1);
  };
  for (const { x, y } of seats) cover(x - pitch, y - pitch, x + pitch, y + pitch);
  for (const { x, y, width, height } of areas) cover(x - pitch / 2, y - pitch / 2, x + width + pitch / 2, y + height + pitch / 2);
  return { left, top, width: right - left, height: bottom - top };
}

/** Name and middle of each section that has seats, with its width for the label. */
function sectionsOf({ sections, rows, seats }) {
  const found = sections.map(({ name }) => ({ name, left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity }));
  for (const { section, first_seat: first, seats: count } of rows) {
    const box = found[section];
    for (let seat = first; seat < first + count; seat += 1) {
      box.left = Math.min(box.left, seats[seat].x);
      box.right = Math.max(box.right, seats[seat].x);
      box.top = Math.min(box.top, seats[seat].y);
      box.bottom = Math.max(box.bottom, seats[seat].y);
    }
  }
  return found.filter((box) => box.left < Infinity)
    .map((box) => ({ name: box.name, x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, width: box.right - box.left }));
}
