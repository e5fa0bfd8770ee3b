// A canvas that shows a plan: size, device pixels, zoom and pan, and drawing at most once per frame.

const ZOOM_MAX_SEAT_PX = 56;
const FITTED = 1.02; // closer to the whole than this is the whole

/** `draw(context, view)` paints in CSS pixels; `view.toX(x)` and `view.toY(y)` place a point of the plan. */
export class View {
  #draw;
  #frame = 0;
  #lastDrawn = 0;

  constructor(canvas, geometry, draw, { frameMs = 0, padding = 8 } = {}) {
    Object.assign(this, { canvas, geometry, padding, frameMs, scale: 1, x: 0, y: 0, width: 0, height: 0 });
    this.#draw = draw;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.#resize();
  }

  toX(x) { return x * this.scale + this.x; }
  toY(y) { return y * this.scale + this.y; }

  /** Distance between neighbouring seats in CSS pixels. */
  get seatPx() { return this.geometry.pitch * this.scale; }

  get zoomed() { return this.scale > this.#fitScale() * FITTED; }

  #fitScale() {
    const { width, height } = this.geometry.bounds;
    return Math.max(Math.min((this.width - 2 * this.padding) / width, (this.height - 2 * this.padding) / height), 1e-6);
  }

  /** Shows the whole plan. */
  fit() {
    const { left, top, width, height } = this.geometry.bounds;
    this.scale = this.#fitScale();
    this.x = (this.width - width * this.scale) / 2 - left * this.scale;
    this.y = (this.height - height * this.scale) / 2 - top * this.scale;
    this.#moved();
  }

  /** Zooms by a factor and keeps the point (CSS pixels) where it is. */
  zoomAt(factor, px = this.width / 2, py = this.height / 2) {
    const low = this.#fitScale();
    const high = Math.max(ZOOM_MAX_SEAT_PX / this.geometry.pitch, low);
    const scale = Math.min(Math.max(this.scale * factor, low), high);
    if (scale <= low * FITTED) return this.fit();
    this.x = px - ((px - this.x) * scale) / this.scale;
    this.y = py - ((py - this.y) * scale) / this.scale;
    this.scale = scale;
    return this.#moved();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#moved();
  }

  /** Brings a point of the plan into the middle, at least at this seat size. */
  showPoint(x, y, seatPx = 0) {
    if (this.seatPx < seatPx) this.zoomAt(seatPx / this.seatPx);
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
    this.#moved();
  }

  #moved() {
    const { left, top, width, height } = this.geometry.bounds;
    const hold = (offset, low, size, room) => {
      const min = room / 2 - (low + size) * this.scale;
      const max = room / 2 - low * this.scale;
      return Math.min(Math.max(offset, min), max);
    };
    this.x = hold(this.x, left, width, this.width);
    this.y = hold(this.y, top, height, this.height);
    // At rest a finger scrolls the page over the map; zoomed in it moves the map.
    this.canvas.classList.toggle("zoomed", this.zoomed);
    this.redraw();
  }

  /** Draws with the next frame, or as soon as the pace that was asked for allows. */
  redraw() {
    if (this.#frame) return;
    const early = this.frameMs - (performance.now() - this.#lastDrawn);
    this.#frame = 1;
    const paint = () => requestAnimationFrame(() => {
      this.#frame = 0;
      this.#lastDrawn = performance.now();
      if (this.width === 0) return;
      const ratio = devicePixelRatio || 1;
      const context = this.canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      this.#draw(context, this);
    });
    if (early > 4) setTimeout(paint, early);
    else paint();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    const zoomed = this.width > 0 && this.zoomed;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.width = width;
    this.height = height;
    if (zoomed) this.#moved();
    else this.fit();
  }
}

/** The colours of the current theme, from CSS custom properties. */
export function themeColors(element, names) {
  const style = getComputedStyle(element);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
