// Draws the hall apart from the page: the whole, and what is seen from near. It keeps both as the seats and colours are, and hands over a
// picture each time one is ready.

import type { Extent } from "../camera";
import { Geometry } from "../geometry";
import type { Shades } from "../look";
import { Seats as SeatTable } from "../plan";
import type { Piece } from "../piece";
import type { Ready } from "../read";
import type { Changed } from "../states";
import { Painter } from "./painter";
import { Slide } from "./slide";

/** What the page tells: what is given is different from now on. The first one has the hall, its shades and its seats. */
export interface Order {
  hall?: Ready;
  shades?: Shades;
  /** What the new shades change, if it is not all. */
  parts?: readonly Extent[];
  /** The states of all seats. */
  states?: Uint8Array;
  changes?: Exclude<Changed, null>;
  gone?: readonly boolean[];
  /** What is to be drawn of the hall; null if it is not seen from near. */
  whole?: Piece;
  near?: Piece | null;
}

/** A picture that is ready. */
export interface Drawn { of: "whole" | "near"; piece: Piece; bitmap: ImageBitmap }

const SLICE_MS = 12; // of work, before it looks at what came in
const PACE_MS = 100; // between two pictures of the same piece

/** A picture on its way to the page. */
interface Copy { slide: Slide; piece: Piece | null; sentAt: number; due: boolean }

export class Studio {
  readonly #hand: (drawn: Drawn) => void;
  #painter: Painter | null = null;
  readonly #whole: Copy = { slide: new Slide(), piece: null, sentAt: -Infinity, due: false };
  readonly #near: Copy = { slide: new Slide(), piece: null, sentAt: -Infinity, due: false };
  #next = new Slide();
  #wanted: Piece | null = null; // near, and not drawn yet
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hand: (drawn: Drawn) => void) {
    this.#hand = hand;
  }

  order({ hall, shades, parts, states, changes, gone, whole, near }: Order): void {
    if (hall && shades && states) this.#painter = new Painter(geometryOf(hall), shades, { states, gone: [] });
    const painter = this.#painter;
    if (!painter) return;
    if (gone) painter.stand.gone = gone;
    if (shades) painter.shades = shades;
    if (states) painter.stand.states = states;
    if (shades || states) this.#each((slide) => slide.stale(parts ?? null));
    if (changes) {
      for (const [seat, state] of changes) painter.stand.states[seat] = state;
      this.#each((slide) => slide.changed(changes.map(([seat]) => seat), painter.geometry));
    }
    const { ground } = painter.shades.colors;
    if (whole) this.#whole.slide.begin(whole, ground);
    if (near) this.#next.begin(near, ground, this.#near.slide);
    if (near === null) for (const slide of [this.#near.slide, this.#next]) slide.drop();
    if (near !== undefined) this.#wanted = near;
    this.#whole.due ||= !this.#whole.slide.done;
    this.#near.due ||= !this.#near.slide.done;
    this.#soon(0);
  }

  end(): void { clearTimeout(this.#timer); }

  #each(call: (slide: Slide) => void): void {
    for (const slide of [this.#whole.slide, this.#near.slide, this.#next]) call(slide);
  }

  #soon(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), after);
  }

  /** As much as a slice has time for, what is seen from near first. */
  #work(): void {
    const painter = this.#painter;
    if (!painter) return;
    const until = performance.now() + SLICE_MS;
    const slides = [...(this.#wanted ? [this.#next] : []), this.#near.slide, this.#whole.slide];
    for (const slide of slides) while (!slide.done && performance.now() < until) slide.work(painter, 1);
    if (this.#wanted && this.#next.done) {
      [this.#near.slide, this.#next] = [this.#next, this.#near.slide];
      this.#wanted = null;
      this.#near.due = true;
    }
    const wait = Math.min(this.#send("near", this.#near), this.#send("whole", this.#whole));
    if (slides.some(({ done }) => !done)) this.#soon(0);
    else if (wait < Infinity) this.#soon(wait);
  }

  /** Hands over a picture that is ready and due; says how long one that came too early waits. */
  #send(of: Drawn["of"], copy: Copy): number {
    const { piece, canvas, done } = copy.slide;
    if (!copy.due || !done || !piece) return Infinity;
    const now = performance.now();
    const early = copy.piece === piece ? copy.sentAt + PACE_MS - now : 0;
    if (early > 0) return early;
    Object.assign(copy, { piece, sentAt: now, due: false });
    void createImageBitmap(canvas).then((bitmap) => this.#hand({ of, piece, bitmap }));
    return Infinity;
  }
}

function geometryOf({ plan, columns, measures }: Ready): Geometry {
  return new Geometry({ ...plan, seats: new SeatTable(columns) }, measures);
}
