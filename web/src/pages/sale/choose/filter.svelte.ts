// Which seats one wants to see, as the buttons above map and list say it; both follow.

import { passes, type Filter } from "../../../map/filter";
import type { Plan } from "../../../map/plan";

export class SeatFilter implements Filter {
  level = $state<number | null>(null);
  accessible = $state(false);

  get on(): boolean { return this.level !== null || this.accessible; }

  passes(plan: Plan, seat: number): boolean { return passes(this, plan, seat); }
}
