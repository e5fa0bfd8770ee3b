// A picture on the page that the browser moves and scales. It shows bitmaps and is never drawn on: of a canvas one can draw on, the browser
// takes a copy for every frame, whether anything was drawn or not.

import { placed, type Piece, type Window } from "./piece";

export class Screen {
  readonly canvas = document.createElement("canvas");
  /** What it shows; null before the first picture. */
  piece: Piece | null = null;
  readonly #context = this.canvas.getContext("bitmaprenderer")!;

  constructor() {
    this.shown = false;
  }

  set shown(on: boolean) { this.canvas.style.visibility = on ? "visible" : "hidden"; }

  /** From now on this picture, which is used up. */
  show(bitmap: ImageBitmap, piece: Piece): void {
    const { canvas } = this;
    const { width, height, ratio } = piece;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.style.width = `${width / ratio}px`;
    canvas.style.height = `${height / ratio}px`;
    this.#context.transferFromImageBitmap(bitmap);
    this.piece = piece;
    this.shown = true;
  }

  place(window: Window): void {
    if (this.piece) this.canvas.style.transform = placed(this.piece, window);
  }
}
