// A window onto a plan: size, device pixels, and drawing at most once per frame.

import { Camera } from "./camera";
import type { Geometry } from "./geometry";

export interface ViewOptions {
  /** The least time between two drawings. */
  frameMs?: number;
  padding?: number;
}

/** `draw(view)` paints; `view.toX(x)` and `view.toY(y)` place a point of the plan, in CSS pixels of the surface. */
export class View extends Camera {
  readonly #frameMs: number;
  readonly #resizing = new ResizeObserver(() => this.#resize());
  #asked = false;
  #drawnAt = 0;
  #ended = false;

  constructor(readonly surface: HTMLElement, readonly geometry: Geometry, readonly draw: (view: View) => void, { frameMs = 0, padding = 8 }: ViewOptions = {}) {
    super(geometry.bounds, geometry.pitch, padding);
    this.#frameMs = frameMs;
    this.#resizing.observe(surface);
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
    this.#drawnAt = performance.now();
    this.draw(this);
  }

  protected override moved(): void {
    super.moved();
    // At rest a finger scrolls the page over the map; zoomed in it moves the map.
    this.surface.classList.toggle("zoomed", this.zoomed);
    this.redraw();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.surface;
    if (width > 0 && height > 0) this.resize(width, height);
  }
}

/** The canvas as large as the window, and empty; one draws in CSS pixels. */
export function blank(canvas: HTMLCanvasElement, { width, height, ratio }: Pick<View, "width" | "height" | "ratio">): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no canvas.");
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
