// Small pictures, many on a canvas: making a canvas takes longer than drawing what comes onto it.

const CELLS = 24;

/** A place for one picture, in device pixels. */
export interface Cell { context: CanvasRenderingContext2D; canvas: HTMLCanvasElement; y: number; width: number; height: number }

export class Sheets {
  readonly #open = new Map<string, { context: CanvasRenderingContext2D; used: number }>();
  /** Of all canvases so far. */
  pixels = 0;

  /** An empty place. Text that is too wide ends at its edges. */
  cell(width: number, height: number): Cell {
    const key = `${width} ${height}`;
    let sheet = this.#open.get(key);
    if (!sheet || sheet.used === CELLS) {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height * CELLS;
      this.pixels += canvas.width * canvas.height;
      this.#open.set(key, sheet = { context: canvas.getContext("2d")!, used: 0 });
    }
    const { context } = sheet;
    return { context, canvas: context.canvas, y: height * sheet.used++, width, height };
  }

  clear(): void {
    this.#open.clear();
    this.pixels = 0;
  }
}

/** Copies a picture to where it belongs. */
export function copy(context: CanvasRenderingContext2D, { canvas, y, width, height }: Cell, left: number, top: number, ratio = 1): void {
  context.drawImage(canvas, 0, y, width, height, left, top, width / ratio, height / ratio);
}
