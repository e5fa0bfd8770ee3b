// The hall as pictures that lie over each other: the whole, and over it what is seen from near. While the map moves they are only moved and
// scaled; a sharp one is drawn beside them, a little in each frame, and takes their place when it is ready.

import type { Extent } from "./camera";
import type { Painter } from "./painter";
import type { Changed } from "./seats.svelte";
import { covers, pieceOf, Slide } from "./slide";
import type { View } from "./view";

/** So long after the last change of the zoom it has come to rest. */
export const SETTLED_MS = 90;
/** Drawn around what is seen, in CSS pixels, so that the next move shows no edge. */
export const MARGIN = 128;
const FRAME_MS = 1_000 / 60;
const PACE_MAX = 24; // blocks in a frame
const PACE_MOVING = 1;

export class Slides {
  readonly #view: View;
  readonly #painter: Painter;
  readonly #whole = new Slide();
  #front = new Slide();
  #next = new Slide();
  #drawing = false; // the next one is on its way
  #scale = 0;
  #scaledAt = -Infinity;
  #seenAt = { x: 0, y: 0, time: -Infinity };
  #pace = 8;
  #workedAt = NaN;
  #drawnAt = -Infinity;
  #beat = FRAME_MS; // from frame to frame, on this screen at the moment
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: View, painter: Painter) {
    this.#view = view;
    this.#painter = painter;
    view.surface.prepend(this.#whole.canvas, this.#front.canvas, this.#next.canvas);
    for (const slide of this.#all()) slide.shown = false;
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const { canvas } of this.#all()) canvas.remove();
  }

  #all(): Slide[] { return [this.#whole, this.#front, this.#next]; }

  /** The zoom does not move at the moment. */
  get settled(): boolean { return performance.now() - this.#scaledAt >= SETTLED_MS; }

  /** Nothing moves at the moment. */
  get resting(): boolean { return this.settled && performance.now() - this.#seenAt.time >= SETTLED_MS; }

  /** Everything looks different (another filter, another theme, all seats), or some parts of the plan. */
  stale(parts: readonly Extent[] | null = null): void {
    for (const slide of this.#all()) slide.stale(parts);
    this.#view.redraw();
  }

  /** These seats look different. */
  changed(changes: Changed): void {
    if (!changes) return this.stale();
    for (const slide of this.#all()) slide.changed(changes.map(([seat]) => seat), this.#painter.geometry);
    this.#view.redraw();
  }

  /** Shows what the view looks at, as good as it is there. */
  draw(): void {
    const now = performance.now();
    this.#watch(now);
    this.#choose(now);
    this.#work(now);
    for (const slide of this.#all()) slide.place(this.#view);
  }

  /** Whether something moves, and whether the frame that was worked in took too long. */
  #watch(now: number): void {
    const { scale, ratio, x, y } = this.#view;
    if (scale * ratio !== this.#scale) [this.#scale, this.#scaledAt] = [scale * ratio, now];
    if (x !== this.#seenAt.x || y !== this.#seenAt.y) this.#seenAt = { x, y, time: now };
    // What drawing costs shows only in the length of the frame: most of it happens after the commands were given.
    const took = now - this.#drawnAt;
    if (this.#workedAt === this.#drawnAt) this.#pace = took > 1.4 * this.#beat ? Math.max(this.#pace / 2, 1) : Math.min(this.#pace + 0.5, PACE_MAX);
    if (took < 200) this.#beat = Math.max(Math.min(this.#beat * 1.01, took), FRAME_MS / 2);
    this.#drawnAt = now;
  }

  /** Which pictures there are to be. */
  #choose(now: number): void {
    const view = this.#view;
    const { ground } = this.#painter.colors;
    const fit = pieceOf({ ...view.fitted, width: view.width, height: view.height, ratio: view.ratio }, 0);
    const { piece } = this.#whole;
    if (!piece || piece.scale !== fit.scale || piece.width !== fit.width || piece.height !== fit.height) {
      this.#whole.begin(fit, ground);
      this.#whole.shown = true;
    }
    if (fit.scale === this.#scale) {
      this.#front.shown = this.#drawing = false;
      return;
    }
    if (this.#drawing && this.#next.piece?.scale === this.#scale) return;
    this.#drawing = false;
    if (this.#front.shown && this.#front.piece && covers(this.#front.piece, view, this.resting ? 0 : MARGIN / 2)) return;
    if (now - this.#scaledAt < SETTLED_MS) return this.#later();
    this.#next.begin(pieceOf(view, MARGIN), ground, this.#front.shown ? this.#front : null);
    this.#drawing = true;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#view.redraw(), SETTLED_MS);
  }

  /** As much as the frame has time for. */
  #work(now: number): void {
    let most = Math.floor(this.resting ? this.#pace : PACE_MOVING);
    const first = this.#drawing ? [this.#next, this.#front, this.#whole] : this.#front.shown ? [this.#front, this.#whole] : [this.#whole];
    for (const slide of first) most -= slide.work(this.#painter, most);
    if (this.#drawing && this.#next.done) {
      [this.#front, this.#next] = [this.#next, this.#front];
      this.#drawing = this.#next.shown = false;
      this.#front.shown = true;
    }
    if (first.every(({ done }) => done)) return;
    this.#workedAt = now;
    this.#view.redraw();
  }
}
