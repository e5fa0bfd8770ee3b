// Where one looks at a plan from: zoom and place, kept so that the plan never leaves the window.

export interface Extent { left: number; top: number; width: number; height: number }

const SEAT_PX_MAX = 56;
const FITTED = 1.02; // closer to the whole than this is the whole

/** A point of the plan is shown at `x * scale + camera.x`, in CSS pixels. */
export class Camera {
  scale = 1;
  x = 0;
  y = 0;
  width = 0;
  height = 0;

  /** `pitch` is the usual distance between neighbouring seats. */
  constructor(readonly bounds: Extent, readonly pitch: number, readonly padding = 8) {}

  toX(x: number): number { return x * this.scale + this.x; }
  toY(y: number): number { return y * this.scale + this.y; }

  /** Distance between neighbouring seats in CSS pixels. */
  get seatPx(): number { return this.pitch * this.scale; }

  get zoomed(): boolean { return this.scale > this.fitScale * FITTED; }

  /** At which the whole is seen. */
  get fitScale(): number { return this.#scaleFor(this.bounds, this.padding); }

  #scaleFor({ width, height }: Extent, padding: number): number {
    return Math.max(Math.min((this.width - 2 * padding) / width, (this.height - 2 * padding) / height), 1e-6);
  }

  resize(width: number, height: number): void {
    const zoomed = this.width > 0 && this.zoomed;
    this.width = width;
    this.height = height;
    if (zoomed) this.moved();
    else this.fit();
  }

  /** Where one looks from to see the whole. */
  get fitted(): { scale: number; x: number; y: number } { return this.#centred(this.bounds, this.fitScale); }

  /** Shows the whole plan. */
  fit(): void {
    Object.assign(this, this.fitted);
    this.moved();
  }

  /** Shows a part of the plan as large as it fits. */
  showExtent(part: Extent): void {
    Object.assign(this, this.#centred(part, Math.min(Math.max(this.#scaleFor(part, this.padding + 10), this.fitScale), this.#scaleMax)));
    this.moved();
  }

  #centred({ left, top, width, height }: Extent, scale: number): { scale: number; x: number; y: number } {
    return { scale, x: this.width / 2 - (left + width / 2) * scale, y: this.height / 2 - (top + height / 2) * scale };
  }

  get #scaleMax(): number { return Math.max(SEAT_PX_MAX / this.pitch, this.fitScale); }

  /** Zooms by a factor and keeps the point (CSS pixels) where it is. */
  zoomAt(factor: number, px = this.width / 2, py = this.height / 2): void {
    const scale = Math.min(Math.max(this.scale * factor, this.fitScale), this.#scaleMax);
    if (scale <= this.fitScale * FITTED) return this.fit();
    this.x = px - ((px - this.x) * scale) / this.scale;
    this.y = py - ((py - this.y) * scale) / this.scale;
    this.scale = scale;
    this.moved();
  }

  pan(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.moved();
  }

  /** Brings a point of the plan into the middle, at least at this seat size. */
  showPoint(x: number, y: number, seatPx = 0): void {
    this.scale = Math.min(Math.max(this.scale, seatPx / this.pitch), this.#scaleMax);
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
    this.moved();
  }

  /** After every move: the middle of the window stays over the plan. */
  protected moved(): void {
    const { left, top, width, height } = this.bounds;
    const hold = (offset: number, low: number, size: number, room: number): number =>
      Math.min(Math.max(offset, room / 2 - (low + size) * this.scale), room / 2 - low * this.scale);
    this.x = hold(this.x, left, width, this.width);
    this.y = hold(this.y, top, height, this.height);
  }
}
