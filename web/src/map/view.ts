// A canvas that shows a plan: size, device pixels, and drawing at most once per frame.

import { Camera } from "./camera";
import type { Geometry } from "./geometry";

export interface ViewOptions {
  /** The least time between two drawings. */
  frameMs?: number;
  padding?: number;
  /** Nothing shines through: what is drawn fills the canvas. */
  opaque?: boolean;
}

/** `draw(context, view)` paints; the context is in CSS pixels, and `view.toX(x)` and `view.toY(y)` place a point of the plan. */
export class View extends Camera {
  readonly #context: CanvasRenderingContext2D;
  readonly #frameMs: number;
  readonly #opaque: boolean;
  readonly #resizing = new ResizeObserver(() => this.#resize());
  #asked = false;
  #drawnAt = 0;
  #ended = false;

  constructor(readonly canvas: HTMLCanvasElement, readonly geometry: Geometry,
    readonly draw: (context: CanvasRenderingContext2D, view: View) => void, { frameMs = 0, padding = 8, opaque = false }: ViewOptions = {}) {
    super(geometry.bounds, geometry.pitch, padding);
    const context = canvas.getContext("2d", { alpha: !opaque });
    if (!context) throw new Error("This browser has no canvas.");
    this.#context = context;
    this.#frameMs = frameMs;
    this.#opaque = opaque;
    this.#resizing.observe(canvas);
    this.#resize();
  }

  /** Device pixels in a CSS pixel. */
  get ratio(): number { return globalThis.devicePixelRatio || 1; }

  end(): void {
    this.#ended = true;
    this.#resizing.disconnect();
  }

  /** Draws with the next frame, or as soon as the pace that was asked for allows. */
  redraw(): void {
    if (this.#asked) return;
    this.#asked = true;
    const early = this.#frameMs - (performance.now() - this.#drawnAt);
    const paint = (): number => requestAnimationFrame(() => this.#paint());
    if (early > 4) setTimeout(paint, early);
    else paint();
  }

  #paint(): void {
    this.#asked = false;
    if (this.width === 0 || this.#ended) return;
    // On another screen a pixel may be of another size.
    if (this.canvas.width !== Math.round(this.width * this.ratio)) this.#resize();
    this.#drawnAt = performance.now();
    this.#context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (!this.#opaque) this.#context.clearRect(0, 0, this.width, this.height);
    this.draw(this.#context, this);
  }

  protected override moved(): void {
    super.moved();
    // At rest a finger scrolls the page over the map; zoomed in it moves the map.
    this.canvas.classList.toggle("zoomed", this.zoomed);
    this.redraw();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.resize(width, height);
  }
}
