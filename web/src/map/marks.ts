// What lies over the pictures of the hall: names, the own seats, the one that is pointed at. It moves with them and is drawn anew at rest.

import { covers, pieceOf, type Window } from "./piece";
import { Screen } from "./screen";
import { MARGIN, type Slides } from "./slides";
import type { View } from "./view";

export class Marks {
  /** Something to be shown is another. `soon`: at once, even while the map moves. */
  stale: "no" | "at rest" | "soon" = "soon";
  readonly #screen = new Screen();
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #context = this.#canvas.getContext("2d")!;

  constructor(surface: HTMLElement) {
    surface.append(this.#screen.canvas);
  }

  end(): void { this.#screen.canvas.remove(); }

  /** Draws if there is a reason; `paint` says whether it is complete. */
  draw(view: View, slides: Slides, paint: (context: OffscreenCanvasRenderingContext2D, window: Window) => boolean): void {
    if (this.#due(view, slides)) {
      const piece = pieceOf(view, MARGIN);
      const { scale, ratio, left, top, width, height } = piece;
      if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
      this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const whole = paint(this.#context, { scale: scale / ratio, ratio, x: -left / ratio, y: -top / ratio, width: width / ratio, height: height / ratio });
      this.#screen.show(this.#canvas.transferToImageBitmap(), piece);
      this.stale = whole ? "no" : "soon";
    }
    if (this.stale !== "no" || !this.#fits(view, slides)) view.redraw();
    this.#screen.place(view);
  }

  /** While the map moves, names may be missing at the edges: each drawing of them costs a frame. */
  #fits(view: View, slides: Slides): boolean {
    const { piece } = this.#screen;
    return piece !== null && covers(piece, view, slides.resting ? 0 : -Math.min(view.width, view.height) / 4);
  }

  #due(view: View, slides: Slides): boolean {
    if (!this.#screen.piece || this.stale === "soon") return true;
    return slides.settled && (!this.#fits(view, slides) || (this.stale === "at rest" && slides.resting));
  }
}
