// How the hall looks at the moment: the colours of the theme, of the prices and of sections seen from afar, and what is filtered.

import { mix, onTheme, themeColors } from "./colors";
import { freeIn, type Filter } from "./filter";
import type { Geometry, Section } from "./geometry";
import type { Seats } from "./seats.svelte";

const TOKENS = ["ground", "card", "rule", "ink", "muted", "area", "seat-taken"] as const;
export const SEATS_FROM_PX = 5; // below, a section of one price is a block in its colour
/** How strong a block is coloured, by the share of its seats that is free. */
const STRENGTHS: [share: number, strength: number][] = [[0.7, 1], [0.4, 0.75], [0.15, 0.5], [0, 0.3]];

/** As it is passed on to what draws. */
export interface Shades {
  colors: Record<(typeof TOKENS)[number], string>;
  font: string;
  filter: Filter;
  /** Of price levels, by their index. */
  levels: ReadonlyMap<number, string>;
  /** Of sections that are seen as blocks, by their index. */
  blocks: ReadonlyMap<number, string>;
}

/** The colour of a section that is shown as a block; null if its seats are shown. `px` is their size in CSS pixels. */
export function blockColor({ blocks }: Shades, section: Section, px: number): string | null {
  if (px >= SEATS_FROM_PX || section.level === null) return null;
  return blocks.get(section.index) ?? null;
}

export class Look implements Shades {
  filter: Filter = { level: null, accessible: false };
  colors: Shades["colors"];
  blocks = new Map<number, string>(); // as long as no seat changes
  readonly font: string;
  readonly #stop: () => void;

  /** `restyled` is called when the theme has changed. */
  constructor(readonly geometry: Geometry, readonly seats: Seats, readonly levels: ReadonlyMap<number, string>, element: Element, restyled: () => void) {
    this.colors = themeColors(element, TOKENS);
    this.font = getComputedStyle(element).fontFamily;
    this.#stop = onTheme(() => {
      this.colors = themeColors(element, TOKENS);
      restyled();
    });
  }

  end(): void { this.#stop(); }

  get shades(): Shades {
    const { colors, font, filter, levels, blocks } = this;
    return { colors, font, filter: { ...filter }, levels, blocks };
  }

  free(section: Section): number { return freeIn(section, this.filter, this.geometry, this.seats); }

  /** Looks at the seats again; gives the sections whose blocks have another colour now. */
  count(): Section[] {
    const before = this.blocks;
    this.blocks = new Map(this.geometry.sections.map((section) => [section.index, this.#tone(section)]));
    return this.geometry.sections.filter(({ index }) => before.get(index) !== this.blocks.get(index));
  }

  #tone(section: Section): string {
    const free = this.free(section);
    if (free === 0 || section.level === null) return this.colors.area;
    const share = free / (this.filter.accessible ? section.accessible.length : section.seats);
    const [, strength] = STRENGTHS.find(([from]) => share >= from)!;
    return mix(this.levels.get(section.level) ?? this.colors.muted, this.colors.card, strength);
  }
}
