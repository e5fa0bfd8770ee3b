// The hall as two pictures that lie over each other: the whole, and over it what is seen from near. While the map moves they are only moved
// and scaled; a sharp one is drawn in the studio, and takes its place when it is ready.

import type { Extent } from "./camera";
import type { Look } from "./look";
import { covers, pieceOf, type Piece } from "./piece";
import { Screen } from "./screen";
import type { Changed } from "./states";
import { openStudio, type Open } from "./studio/open";
import type { Drawn } from "./studio/studio";
import type { View } from "./view";

/** So long after the last change of the zoom it has come to rest. */
const SETTLED_MS = 90;
/** Drawn around what is seen, in CSS pixels, so that the next move shows no edge. */
export const MARGIN = 128;

export class Slides {
  readonly #view: View;
  readonly #look: Look;
  readonly #studio: Open;
  readonly #whole = new Screen();
  readonly #near = new Screen();
  #fit: Piece | null = null; // asked for
  #closeUp: Piece | null = null; // asked for
  readonly #arrived = new Map<Drawn["of"], Drawn>();
  #scale = 0;
  #scaledAt = -Infinity;
  #seenAt = { x: 0, y: 0, time: -Infinity };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: View, look: Look) {
    this.#view = view;
    this.#look = look;
    view.surface.prepend(this.#whole.canvas, this.#near.canvas);
    this.#studio = openStudio((drawn) => {
      this.#arrived.get(drawn.of)?.bitmap.close();
      this.#arrived.set(drawn.of, drawn);
      view.redraw();
    });
    const { plan: { seats, ...plan }, measures } = look.geometry;
    this.#studio.order({ hall: { plan, columns: seats.columns, measures }, ...this.#seen() });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#studio.end();
    for (const { canvas } of [this.#whole, this.#near]) canvas.remove();
  }

  /** The zoom does not move at the moment. */
  get settled(): boolean { return performance.now() - this.#scaledAt >= SETTLED_MS; }

  /** The hall is seen. */
  get ready(): boolean { return this.#whole.piece !== null; }

  /** Nothing moves at the moment. */
  get resting(): boolean { return this.settled && performance.now() - this.#seenAt.time >= SETTLED_MS; }

  /** Colours are others: everywhere, or in some parts of the plan. */
  restyled(parts?: readonly Extent[]): void {
    this.#studio.order({ shades: this.#look.shades, gone: this.#gone(), ...(parts && { parts }) });
  }

  /** These seats look different. */
  changed(changes: Changed): void {
    this.#studio.order(changes ? { changes } : this.#seen());
  }

  #seen(): { shades: Look["shades"]; states: Uint8Array; gone: boolean[] } {
    const { shades, seats: { states } } = this.#look;
    return { shades, states, gone: this.#gone() };
  }

  #gone(): boolean[] { return this.#look.seats.areas.map(({ free }) => free === 0); }

  /** Shows what the view looks at, as good as it is there. */
  draw(): void {
    const now = performance.now();
    this.#watch(now);
    this.#take();
    this.#choose(now);
    this.#whole.place(this.#view);
    this.#near.place(this.#view);
  }

  /** Whether something moves. */
  #watch(now: number): void {
    const { scale, ratio, x, y } = this.#view;
    if (scale * ratio !== this.#scale) [this.#scale, this.#scaledAt] = [scale * ratio, now];
    if (x !== this.#seenAt.x || y !== this.#seenAt.y) this.#seenAt = { x, y, time: now };
  }

  /** Shows the pictures that have come. */
  #take(): void {
    const [whole, near] = [this.#arrived.get("whole"), this.#arrived.get("near")];
    this.#arrived.clear();
    if (whole) this.#whole.show(whole.bitmap, whole.piece);
    // One of another scale was asked for before the last zoom.
    if (near && near.piece.scale === this.#closeUp?.scale) this.#near.show(near.bitmap, near.piece);
    else near?.bitmap.close();
  }

  /** Which pictures there are to be. */
  #choose(now: number): void {
    const view = this.#view;
    const fit = pieceOf({ ...view.fitted, width: view.width, height: view.height, ratio: view.ratio }, 0);
    if (this.#fit?.scale !== fit.scale || this.#fit.width !== fit.width || this.#fit.height !== fit.height) {
      this.#fit = fit;
      this.#studio.order({ whole: fit });
    }
    if (fit.scale === this.#scale) {
      if (this.#closeUp) this.#studio.order({ near: null });
      this.#closeUp = null;
      this.#near.shown = false;
      return;
    }
    if (this.#closeUp && covers(this.#closeUp, view, this.resting ? 0 : MARGIN / 2)) return;
    if (now - this.#scaledAt < SETTLED_MS) return this.#later();
    this.#closeUp = pieceOf(view, MARGIN);
    this.#studio.order({ near: this.#closeUp });
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#view.redraw(), SETTLED_MS);
  }
}
