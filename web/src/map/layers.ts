// The hall, drawn once and kept in tiles: moving copies them, and only what has changed is drawn again.

import type { Painter } from "./painter";
import type { Changed } from "./seats.svelte";
import type { View } from "./view";

const TILE = 128; // CSS pixels
const TILE_BYTES_MAX = 96 * 1_048_576;
const BUDGET_MS = 4; // for drawing tiles, of each frame's 16
const SETTLED_MS = 90;
const POOL_MAX = 96; // tiles that wait for another use
const DIRTY_MAX = 150; // more than so many seats of a tile: all of it anew

interface Tile { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D; stale: boolean; dirty: Set<number> }

/** The plan at one scale, in tiles of one size (device pixels). */
class Layer {
  readonly tiles = new Map<number, Tile>();
  constructor(readonly scale: number, readonly size: number) {}
}

const key = (column: number, row: number): number => column * 65_536 + row;

export class Layers {
  #whole: Layer | null = null; // as it fits into the window; under everything
  #before: Layer | null = null;
  #now: Layer | null = null;
  #pool: Tile[] = []; // making a canvas takes as long as drawing a tile
  #scale = 0;
  #scaledAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #view: View;
  readonly #painter: Painter;

  constructor(view: View, painter: Painter) {
    this.#view = view;
    this.#painter = painter;
  }

  end(): void { clearTimeout(this.#timer); }

  /** Everything looks different: another filter, another theme, a whole snapshot of the seats. */
  stale(): void {
    for (const layer of this.#all()) for (const tile of layer.tiles.values()) tile.stale = true;
    this.#view.redraw();
  }

  /** These seats look different. */
  changed(changes: Changed): void {
    if (!changes) return this.stale();
    const { x, y, pitch } = this.#painter.geometry;
    for (const layer of this.#all()) {
      const tile = (at: number): number => Math.floor((at * layer.scale) / layer.size);
      for (const [seat] of changes) {
        const [sx, sy] = [x[seat]!, y[seat]!];
        for (let column = tile(sx - pitch / 2); column <= tile(sx + pitch / 2); column += 1) {
          for (let row = tile(sy - pitch / 2); row <= tile(sy + pitch / 2); row += 1) layer.tiles.get(key(column, row))?.dirty.add(seat);
        }
      }
    }
    this.#view.redraw();
  }

  #all(): Layer[] { return [this.#whole, this.#before, this.#now].filter((layer) => layer !== null); }
  #layer(scale: number): Layer { return new Layer(scale, Math.round(TILE * this.#view.ratio)); }

  /** Draws what the view shows; what is not ready yet comes with the next frames. */
  draw(context: CanvasRenderingContext2D): void {
    const view = this.#view;
    const started = performance.now();
    this.#choose(started);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.#painter.colors.ground;
    context.fillRect(0, 0, view.canvas.width, view.canvas.height);
    const now = this.#now!;
    const exact = now.scale === view.scale * view.ratio;
    const ready = exact && this.#prepare(now, started + BUDGET_MS);
    // While the zoom moves, the whole is good enough around what is there.
    this.#show(context, ready ? [now] : exact ? [now, this.#before, this.#whole] : [now, this.#whole]);
    if (ready) this.#drop("before");
    else if (exact) view.redraw();
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
  }

  /** Which layers there are: a new one when the zoom has settled. */
  #choose(time: number): void {
    const { scale, ratio, fitScale } = this.#view;
    if (this.#whole?.scale !== fitScale * ratio) {
      if (this.#now !== this.#whole) this.#drop("whole");
      this.#whole = this.#layer(fitScale * ratio);
      if (!this.#now) this.#now = this.#whole;
    }
    if (scale * ratio !== this.#scale) [this.#scale, this.#scaledAt] = [scale * ratio, time];
    if (this.#now!.scale === this.#scale) return;
    const settled = time - this.#scaledAt >= SETTLED_MS;
    if (this.#whole.scale === this.#scale) {
      this.#drop("now");
      this.#now = this.#whole;
    } else if (settled) {
      if (this.#now !== this.#whole) {
        this.#drop("before");
        this.#before = this.#now;
      }
      this.#now = this.#layer(this.#scale);
    } else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#view.redraw(), SETTLED_MS);
    }
  }

  /** Draws tiles that are in sight until the time is over; true if all of them are as they should be. */
  #prepare(layer: Layer, until: number): boolean {
    const { left, top, right, bottom } = this.#sight(layer);
    this.#forget(layer, left, top, right, bottom);
    let painted = 0;
    const visit = (ring: number): boolean => {
      for (let column = left - ring; column <= right + ring; column += 1) {
        for (let row = top - ring; row <= bottom + ring; row += 1) {
          const there = layer.tiles.get(key(column, row));
          if (there && this.#fresh(there)) continue;
          if (painted > 0 && performance.now() >= until) return false;
          this.#paint(layer, column, row);
          painted += 1;
        }
      }
      return true;
    };
    if (!visit(0)) return false;
    // While there is time, what comes into sight next; it is no reason to draw another frame.
    if (painted === 0) visit(1);
    return true;
  }

  #drop(which: "whole" | "before" | "now"): void {
    const layer = which === "whole" ? this.#whole : which === "before" ? this.#before : this.#now;
    if (which === "before") this.#before = null;
    if (!layer || (which === "now" && layer === this.#whole)) return;
    for (const tile of layer.tiles.values()) this.#keep(tile);
    layer.tiles.clear();
  }

  #keep(tile: Tile): void {
    if (this.#pool.length < POOL_MAX) this.#pool.push(tile);
  }

  #tile(size: number): Tile {
    const used = this.#pool.pop();
    if (used?.canvas.width === size) {
      used.dirty.clear();
      return Object.assign(used, { stale: true });
    }
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    return { canvas, context: canvas.getContext("2d", { alpha: false })!, stale: true, dirty: new Set() };
  }

  #fresh(tile: Tile): boolean { return !tile.stale && tile.dirty.size === 0; }

  #paint(layer: Layer, column: number, row: number): void {
    const { size } = layer;
    const at = key(column, row);
    let tile = layer.tiles.get(at);
    const piece = { scale: layer.scale, left: column * size, top: row * size, width: size, height: size, ratio: this.#view.ratio };
    if (tile && !tile.stale && tile.dirty.size <= DIRTY_MAX) {
      const { x, y, pitch } = this.#painter.geometry;
      const box = Math.ceil(pitch * layer.scale) + 2;
      for (const seat of tile.dirty) {
        const [left, top] = [Math.floor(x[seat]! * layer.scale - piece.left - box / 2), Math.floor(y[seat]! * layer.scale - piece.top - box / 2)];
        this.#painter.paint(tile.context, piece, { left, top, width: box, height: box });
      }
      tile.dirty.clear();
      return;
    }
    if (!tile) {
      tile = this.#tile(size);
      layer.tiles.set(at, tile);
    }
    this.#painter.paint(tile.context, piece);
    tile.stale = false;
    tile.dirty.clear();
  }

  /** Far tiles go when there are too many. */
  #forget(layer: Layer, left: number, top: number, right: number, bottom: number): void {
    if (layer === this.#whole || layer.tiles.size * layer.size ** 2 * 4 < TILE_BYTES_MAX) return;
    const [width, height] = [right - left, bottom - top];
    for (const [at, tile] of layer.tiles) {
      const column = Math.round(at / 65_536);
      const row = at - column * 65_536;
      if (column >= left - width && column <= right + width && row >= top - height && row <= bottom + height) continue;
      layer.tiles.delete(at);
      this.#keep(tile);
    }
  }

  /** Copies layers, the first on top; what a layer covers is not drawn below it. */
  #show(context: CanvasRenderingContext2D, layers: (Layer | null)[]): void {
    const shown = new Set<Layer>();
    for (const layer of layers) {
      if (!layer || shown.has(layer)) continue;
      shown.add(layer);
      if (this.#covers(layer)) break;
    }
    for (const layer of [...shown].reverse()) this.#copy(context, layer);
  }

  #covers(layer: Layer): boolean {
    const { left, top, right, bottom } = this.#sight(layer);
    for (let column = left; column <= right; column += 1) {
      for (let row = top; row <= bottom; row += 1) if (!layer.tiles.has(key(column, row))) return false;
    }
    return true;
  }

  /** The tiles of a layer that are in sight, there or not. */
  #sight({ scale, size }: Layer): { left: number; top: number; right: number; bottom: number } {
    const view = this.#view;
    const tile = (at: number): number => Math.floor(((at / view.scale) * scale) / size);
    return { left: tile(-view.x), top: tile(-view.y), right: tile(view.width - view.x), bottom: tile(view.height - view.y) };
  }

  #copy(context: CanvasRenderingContext2D, layer: Layer): void {
    const { x, y, ratio, scale } = this.#view;
    const { size } = layer;
    const zoom = (scale * ratio) / layer.scale;
    const [offsetX, offsetY] = [Math.round(x * ratio), Math.round(y * ratio)];
    // Edges are rounded, not sizes: so no gap is between two tiles.
    const edge = (offset: number, at: number): number => (zoom === 1 ? offset + at * size : Math.round(offset + at * size * zoom));
    const { left, top, right, bottom } = this.#sight(layer);
    context.imageSmoothingEnabled = zoom < 2;
    for (let column = left; column <= right; column += 1) {
      for (let row = top; row <= bottom; row += 1) {
        const tile = layer.tiles.get(key(column, row));
        if (!tile) continue;
        const [x0, y0, x1, y1] = [edge(offsetX, column), edge(offsetY, row), edge(offsetX, column + 1), edge(offsetY, row + 1)];
        if (zoom === 1) context.drawImage(tile.canvas, x0, y0);
        else context.drawImage(tile.canvas, x0, y0, x1 - x0, y1 - y0);
      }
    }
    context.imageSmoothingEnabled = true;
  }
}
