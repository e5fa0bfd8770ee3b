// What lies over the pictures of the hall: names, the own seats, the one that is pointed at. It moves with them and is drawn anew at rest.

import type { Piece } from "./painter";
import { covers, pieceOf, placed, type Window } from "./slide";
import { MARGIN, type Slides } from "./slides";
import { blank, type View } from "./view";

export class Marks {
  readonly canvas = document.createElement("canvas");
  /** Something to be shown is another. `soon`: at once, even while the map moves. */
  stale: "no" | "at rest" | "soon" = "soon";
  #piece: Piece | null = null;

  constructor(surface: HTMLElement) {
    surface.append(this.canvas);
  }

  end(): void { this.canvas.remove(); }

  /** Draws if there is a reason; `paint` says whether it is complete. */
  draw(view: View, slides: Slides, paint: (context: CanvasRenderingContext2D, window: Window) => boolean): void {
    if (this.#due(view, slides)) {
      const piece = pieceOf(view, MARGIN);
      const { scale, ratio, left, top, width, height } = piece;
      const window = { scale: scale / ratio, ratio, x: -left / ratio, y: -top / ratio, width: width / ratio, height: height / ratio };
      this.canvas.style.width = `${window.width}px`;
      this.canvas.style.height = `${window.height}px`;
      const whole = paint(blank(this.canvas, window), window);
      this.#piece = piece;
      this.stale = whole ? "no" : "soon";
    }
    if (this.stale !== "no" || !this.#fits(view, slides)) view.redraw();
    if (this.#piece) this.canvas.style.transform = placed(this.#piece, view);
  }

  /** While the map moves, names may be missing at the edges: each drawing of them costs a frame. */
  #fits(view: View, slides: Slides): boolean {
    return this.#piece !== null && covers(this.#piece, view, slides.resting ? 0 : -Math.min(view.width, view.height) / 4);
  }

  #due(view: View, slides: Slides): boolean {
    if (!this.#piece || this.stale === "soon") return true;
    return slides.settled && (!this.#fits(view, slides) || (this.stale === "at rest" && slides.resting));
  }
}
