// What part of the plan a canvas shows: zoom and pan, in CSS pixels, painted at most once a frame.

import { isSomewhere, type Box } from "../model/geometry";

/** A painting that took longer than this is moved and stretched while the view moves, and painted anew when it rests. */
const SLOW_MS = 7;
const REST_MS = 90;
const SCALE_MIN = 0.02;
const SCALE_MAX = 8;
const PADDING = 46; // room for names and handles
/** What an empty sheet shows. */
const SHEET: Box = { left: 0, top: 0, right: 1_200, bottom: 800 };

export class View {
  scale = 1;
  x = 0;
  y = 0;
  width = 0;
  height = 0;
  #frame = 0;
  #whole = true;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** The latest painting, and what part of the plan it shows. */
  #last: { picture: HTMLCanvasElement; scale: number; x: number; y: number; tookMs: number } | null = null;
  readonly #paint: (context: CanvasRenderingContext2D, view: View) => void;
  readonly canvas: HTMLCanvasElement;

  constructor(canvas: HTMLCanvasElement, paint: (context: CanvasRenderingContext2D, view: View) => void) {
    this.canvas = canvas;
    this.#paint = paint;
  }

  toX(x: number): number { return x * this.scale + this.x; }
  toY(y: number): number { return y * this.scale + this.y; }
  /** From CSS pixels to the plan. */
  at(px: number, py: number): { x: number; y: number } {
    return { x: (px - this.x) / this.scale, y: (py - this.y) / this.scale };
  }

  /** Shows a box whole; without a `scaleMax`, as large as it can be. */
  fit(box: Box, scaleMax = 1.6): void {
    const { left, top, right, bottom } = isSomewhere(box) ? box : SHEET;
    const [width, height] = [Math.max(right - left, 1), Math.max(bottom - top, 1)];
    const scale = Math.min((this.width - 2 * PADDING) / width, (this.height - 2 * PADDING) / height, scaleMax);
    this.scale = Math.min(Math.max(scale, SCALE_MIN), SCALE_MAX);
    this.x = this.width / 2 - ((left + right) / 2) * this.scale;
    this.y = this.height / 2 - ((top + bottom) / 2) * this.scale;
    this.redraw();
  }

  /** Moves as little as shows the box; zooms out if it must. */
  reveal(box: Box): void {
    if (!isSomewhere(box)) return;
    const [left, top, right, bottom] = [this.toX(box.left), this.toY(box.top), this.toX(box.right), this.toY(box.bottom)];
    if (right - left > this.width - PADDING || bottom - top > this.height - PADDING) return this.fit(box);
    const shift = (low: number, high: number, room: number): number => (low < PADDING ? PADDING - low : Math.min(room - PADDING - high, 0));
    this.pan(shift(left, right, this.width), shift(top, bottom, this.height));
  }

  zoomAt(factor: number, px = this.width / 2, py = this.height / 2): void {
    const scale = Math.min(Math.max(this.scale * factor, SCALE_MIN), SCALE_MAX);
    this.x = px - ((px - this.x) * scale) / this.scale;
    this.y = py - ((py - this.y) * scale) / this.scale;
    this.scale = scale;
    this.#moved();
  }

  pan(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.#moved();
  }

  #moved(): void {
    if (!this.#last || this.#last.tookMs < SLOW_MS) return this.redraw();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.redraw(), REST_MS);
    this.#next();
  }

  redraw(): void {
    this.#whole = true;
    this.#next();
  }

  #next(): void {
    if (this.#frame || this.width === 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const context = this.canvas.getContext("2d");
      if (!context) return;
      const ratio = devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      if (this.#whole || !this.#last) this.#paintWhole(context);
      else this.#paintMoved(context, this.#last);
      this.#whole = false;
    });
  }

  #paintWhole(context: CanvasRenderingContext2D): void {
    const began = performance.now();
    this.#paint(context, this);
    const tookMs = performance.now() - began;
    const picture = this.#last?.picture ?? document.createElement("canvas");
    if (tookMs >= SLOW_MS) {
      [picture.width, picture.height] = [this.canvas.width, this.canvas.height];
      picture.getContext("2d")?.drawImage(this.canvas, 0, 0);
    }
    this.#last = { picture, scale: this.scale, x: this.x, y: this.y, tookMs };
  }

  #paintMoved(context: CanvasRenderingContext2D, { picture, scale, x, y }: { picture: HTMLCanvasElement; scale: number; x: number; y: number }): void {
    const zoom = this.scale / scale;
    context.drawImage(picture, this.x - x * zoom, this.y - y * zoom, this.width * zoom, this.height * zoom);
  }

  /** True the first time there is room at all. */
  resize(): boolean {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return false;
    const first = this.width === 0;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    [this.width, this.height] = [width, height];
    this.redraw();
    return first;
  }
}
