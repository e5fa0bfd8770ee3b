// Small pictures, many on a canvas: making a canvas takes longer than drawing what comes onto it.

const CELLS = 24;
const SETTLED_MS = 100;

interface Sheet { context: OffscreenCanvasRenderingContext2D; used: number; source: OffscreenCanvas | ImageBitmap }

/** A place for one picture, in device pixels. */
export interface Cell { context: OffscreenCanvasRenderingContext2D; sheet: Sheet; y: number; width: number; height: number }

export class Sheets {
  readonly #open = new Map<string, Sheet>();
  /** Of all canvases so far. */
  pixels = 0;

  /** An empty place. Text that is too wide ends at its edges. */
  cell(width: number, height: number): Cell {
    const key = `${width} ${height}`;
    let sheet = this.#open.get(key);
    if (!sheet || sheet.used === CELLS) {
      const canvas = new OffscreenCanvas(width, height * CELLS);
      this.pixels += canvas.width * canvas.height;
      this.#open.set(key, sheet = { context: canvas.getContext("2d")!, used: 0, source: canvas });
    }
    freeze(sheet);
    return { context: sheet.context, sheet, y: height * sheet.used++, width, height };
  }

  clear(): void {
    this.#open.clear();
    this.pixels = 0;
  }
}

/** Once nothing more comes onto it for a while, it is copied from a bitmap: of a canvas the browser makes a picture for each copy. */
function freeze(sheet: Sheet): void {
  const { canvas } = sheet.context;
  sheet.source = canvas;
  const used = sheet.used + 1;
  const still = (): boolean => sheet.used === used;
  setTimeout(() => {
    if (still()) void createImageBitmap(canvas).then((bitmap) => { if (still()) sheet.source = bitmap; });
  }, SETTLED_MS);
}

/** Copies a picture to where it belongs. */
export function copy(context: OffscreenCanvasRenderingContext2D, { sheet, y, width, height }: Cell, left: number, top: number, ratio = 1): void {
  context.drawImage(sheet.source, 0, y, width, height, left, top, width / ratio, height / ratio);
}
