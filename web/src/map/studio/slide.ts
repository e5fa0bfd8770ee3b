// A picture of a part of the plan while it is drawn, block by block, on a canvas of its own.

import type { Piece } from "../piece";

const BLOCK = 64; // CSS pixels: so small that another piece can be asked for in between
const DIRTY_MAX = 200; // more than so many seats: whole blocks anew
const SEATS_IN_BLOCK = 16; // that change take as long as a block, about

/** Draws what is in the piece; `within` (of the piece) is all that changes. */
export interface Draws {
  geometry: { x: Float32Array; y: Float32Array; pitch: number };
  paint(context: OffscreenCanvasRenderingContext2D, piece: Piece, within: { left: number; top: number; width: number; height: number }): void;
}

export class Slide {
  readonly canvas = new OffscreenCanvas(1, 1);
  piece: Piece | null = null;
  readonly #context = this.canvas.getContext("2d", { alpha: false })!;
  readonly #pending = new Set<number>(); // blocks, those in the middle first
  readonly #dirty = new Set<number>(); // seats

  /** Everything in it is as it should be. */
  get done(): boolean { return this.#pending.size === 0 && this.#dirty.size === 0; }

  /** From now on a picture of this piece. What another one has of it already is taken from there. */
  begin(piece: Piece, ground: string, other: Slide | null = null): void {
    const { canvas } = this;
    this.piece = piece;
    if (canvas.width !== piece.width || canvas.height !== piece.height) Object.assign(canvas, { width: piece.width, height: piece.height });
    this.#context.fillStyle = ground;
    this.#context.fillRect(0, 0, piece.width, piece.height);
    this.#dirty.clear();
    this.#pending.clear();
    this.stale();
    if (other?.done && other.piece?.scale === piece.scale && other.piece.ratio === piece.ratio) this.#take(other.canvas, other.piece);
  }

  /** A picture of nothing. */
  drop(): void {
    this.piece = null;
    this.#dirty.clear();
    this.#pending.clear();
  }

  #take(canvas: OffscreenCanvas, other: Piece): void {
    const { left, top } = this.piece!;
    const [x, y] = [other.left - left, other.top - top];
    this.#context.drawImage(canvas, x, y);
    for (const block of [...this.#pending]) {
      const part = this.#part(block);
      if (part.left >= x && part.top >= y && part.left + part.width <= x + other.width && part.top + part.height <= y + other.height) this.#pending.delete(block);
    }
  }

  /** All of it looks different; or only some rectangles of the plan. */
  stale(parts: readonly { left: number; top: number; width: number; height: number }[] | null = null): void {
    const { piece } = this;
    if (!piece) return;
    const { columns, rows, side } = this.#grid();
    const [middleX, middleY] = [(columns - 1) / 2, (rows - 1) / 2];
    const blocks = Array.from({ length: columns * rows }, (_, block) => block).filter((block) => {
      if (!parts) return true;
      const { left, top, width, height } = this.#part(block);
      return parts.some((part) => (part.left + part.width) * piece.scale >= piece.left + left && part.left * piece.scale <= piece.left + left + width
        && (part.top + part.height) * piece.scale >= piece.top + top && part.top * piece.scale <= piece.top + top + height);
    });
    const away = (block: number): number => Math.hypot((block % columns) - middleX, Math.floor(block / columns) - middleY) * side;
    for (const block of blocks.sort((one, another) => away(one) - away(another))) this.#pending.add(block);
  }

  /** These seats look different. */
  changed(seats: Iterable<number>, { x, y, pitch }: Draws["geometry"]): void {
    const { piece } = this;
    if (!piece) return;
    const { scale, left, top, width, height } = piece;
    const near = pitch * scale;
    for (const seat of seats) {
      const [sx, sy] = [x[seat]! * scale - left, y[seat]! * scale - top];
      if (sx > -near && sy > -near && sx < width + near && sy < height + near) this.#dirty.add(seat);
    }
    if (this.#dirty.size <= DIRTY_MAX) return;
    this.#dirty.clear();
    this.stale();
  }

  /** Draws at most so many blocks of what is to be drawn; says how many. */
  work(painter: Draws, most: number): number {
    const { piece } = this;
    if (!piece) return 0;
    let worked = 0;
    for (const block of this.#pending) {
      if (worked >= most) return worked;
      this.#pending.delete(block);
      painter.paint(this.#context, piece, this.#part(block));
      worked += 1;
    }
    if (this.#dirty.size > 0 && worked < most) worked += this.#touchUp(painter, piece, (most - worked) * SEATS_IN_BLOCK);
    return worked;
  }

  #touchUp(painter: Draws, piece: Piece, most: number): number {
    const { x, y, pitch } = painter.geometry;
    const box = Math.ceil(pitch * piece.scale) + 2;
    let count = 0;
    for (const seat of this.#dirty) {
      if (count === most) break;
      this.#dirty.delete(seat);
      const [left, top] = [Math.floor(x[seat]! * piece.scale - piece.left - box / 2), Math.floor(y[seat]! * piece.scale - piece.top - box / 2)];
      painter.paint(this.#context, piece, { left, top, width: box, height: box });
      count += 1;
    }
    return Math.ceil(count / SEATS_IN_BLOCK);
  }

  #grid(): { columns: number; rows: number; side: number } {
    const { width, height, ratio } = this.piece!;
    const side = Math.round(BLOCK * ratio);
    return { columns: Math.ceil(width / side), rows: Math.ceil(height / side), side };
  }

  #part(block: number): { left: number; top: number; width: number; height: number } {
    const { width, height } = this.piece!;
    const { columns, side } = this.#grid();
    const [left, top] = [(block % columns) * side, Math.floor(block / columns) * side];
    return { left, top, width: Math.min(side, width - left), height: Math.min(side, height - top) };
  }
}
