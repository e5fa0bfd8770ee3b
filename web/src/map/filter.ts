// Which seats one wants to see: of one price, and spaces for wheelchairs only.

import type { Geometry, Section } from "./geometry";
import type { Plan } from "./plan";
import type { Seats } from "./seats.svelte";

export interface Filter { level: number | null; accessible: boolean }

export function passes({ level, accessible }: Filter, { seats: { columns } }: Plan, seat: number): boolean {
  return (level === null || level === columns.level[seat]) && (!accessible || columns.accessible[seat] === 1);
}

/** How many seats of a section are free and wanted. */
export function freeIn(section: Section, filter: Filter, { plan }: Geometry, seats: Seats): number {
  const wanted = (seat: number): boolean => seats.isFree(seat) && passes(filter, plan, seat);
  if (filter.accessible) return section.accessible.filter(wanted).length;
  if (filter.level !== null && section.level === null) {
    return section.rows.reduce((sum, row) => {
      const { first_seat: first, seats: count } = plan.rows[row]!;
      for (let seat = first; seat < first + count; seat += 1) if (wanted(seat)) sum += 1;
      return sum;
    }, 0);
  }
  if (filter.level !== null && section.level !== filter.level) return 0;
  return section.rows.reduce((sum, row) => sum + seats.freeInRow[row]!, 0);
}
