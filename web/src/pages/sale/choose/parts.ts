// What the parts of the choosing stage share.

import type { Geometry } from "../../../map/geometry";
import type { Plan } from "../../../map/plan";
import type { Seats } from "../../../map/seats.svelte";
import type { Facts } from "../sale.svelte";
import type { Choice } from "./choice.svelte";
import type { SeatFilter } from "./filter.svelte";

export type Level = Facts["price_levels"][number];

export interface Hall {
  plan: Plan;
  geometry: Geometry;
  seats: Seats;
  levels: ReadonlyMap<number, Level>;
  choice: Choice;
  filter: SeatFilter;
}

/** Attached to a list of options: which one is chosen. A binding would bring a part of Svelte that nothing else here needs. */
export const shows = (value: string | number) => (select: HTMLSelectElement): void => {
  select.value = String(value);
};
