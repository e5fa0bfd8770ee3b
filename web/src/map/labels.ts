// Names over sections and areas, with how many are free there; drawn once, and copied while the map moves.

import { inkOn } from "./colors";
import type { Look } from "./look";
import type { Window } from "./piece";
import { copy, Sheets, type Cell } from "./sheets";

export interface Label {
  name: string;
  free: string;
  /** The same as a bare number, for where there is little room. */
  short: string;
  gone: boolean;
  x: number;
  y: number;
  /** Room, in the plan's units. */
  width: number;
  height: number;
  /** The colour it is written on; without one it brings its own ground. */
  on: string | null;
}

const MADE_MAX = 8; // labels drawn anew in one frame
const WIDTH_STEP = 32;

interface Sprite { said: string; cell: Cell; /** Of what can be seen, in CSS pixels. */ width: number; height: number }

/** About how wide a small text is: what is not Latin takes a square. */
const widthOf = (text: string): number => [...text].reduce((width, letter) => width + (letter > "\u10ff" ? 10 : 5.5), 0);

export class Labels {
  readonly #sprites = new Map<string, Sprite>();
  readonly #sheets = new Sheets();
  readonly #ruler = new OffscreenCanvas(1, 1).getContext("2d")!;
  #made = 0;
  readonly #look: Look;

  constructor(look: Look) {
    this.#look = look;
  }

  /** After a change of theme. */
  clear(): void {
    this.#sprites.clear();
    this.#sheets.clear();
  }

  /** Says whether all of them are there; a few are made anew each time. */
  draw(context: OffscreenCanvasRenderingContext2D, view: Window, labels: readonly Label[]): boolean {
    this.#made = 0;
    let whole = true;
    const drawn: { left: number; top: number; right: number; bottom: number }[] = [];
    labels.forEach((label, index) => {
      const [x, y] = [label.x * view.scale + view.x, label.y * view.scale + view.y];
      if (x < -100 || y < -40 || x > view.width + 100 || y > view.height + 40) return;
      const { sprite, late } = this.#sprite(index, label, view);
      if (late) whole = false;
      if (!sprite) return;
      // What is written on a block has air around it that others may come into.
      const [halfX, halfY] = [sprite.width / 2 - (label.on ? 2 : 0), sprite.height / 2 - (label.on ? 4 : 0)];
      const box = { left: x - halfX, top: y - halfY, right: x + halfX, bottom: y + halfY };
      // Names that would cover each other are left for a closer look; the first section is the best one.
      if (drawn.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top)) return;
      drawn.push(box);
      const at = (value: number): number => Math.round(value * view.ratio) / view.ratio;
      copy(context, sprite.cell, at(x - sprite.cell.width / view.ratio / 2), at(y - sprite.height / 2), view.ratio);
    });
    return whole;
  }

  /** Both lines where there is room, else the name alone; the one before, or nothing, until there is time to make it. */
  #sprite(index: number, label: Label, view: Window): { sprite?: Sprite | undefined; late?: true } {
    const small = view.width < 480 || label.on !== null;
    const [width0, height0] = [label.width * view.scale, label.height * view.scale];
    const fits = (text: string): boolean => (label.on === null ? text === label.free && width0 > (small ? 44 : 60) : width0 > widthOf(text) && height0 > 24);
    const second = [label.free, label.short].find(fits) ?? "";
    const full = second !== "";
    const said = `${label.name}\n${second}${label.gone}${label.on}${view.ratio}${small}`;
    const slot = `${index} ${second === label.free} ${full} ${label.on !== null}`;
    const kept = this.#sprites.get(slot);
    if (kept?.said === said) return { sprite: kept };
    if (this.#made >= MADE_MAX) return { sprite: kept, late: true };
    this.#made += 1;
    const size = small ? 11 : 13;
    const fonts = [`650 ${size}px ${this.#look.font}`, `500 ${size - 1}px ${this.#look.font}`] as const;
    const lines = [label.name, ...(full ? [second] : [])];
    const widths = lines.map((line, at) => {
      this.#ruler.font = fonts[at]!;
      return this.#ruler.measureText(line).width;
    });
    const [width, height] = [Math.ceil(Math.max(...widths)) + (label.on ? 2 : 14), lines.length * (size + 2) + 7];
    // Few widths, so that labels share canvases; one that says another number is drawn where it was, if it fits.
    const room = Math.ceil((width * view.ratio) / WIDTH_STEP) * WIDTH_STEP;
    const cell = kept?.cell.width === room ? kept.cell : this.#sheets.cell(room, Math.ceil(height * view.ratio));
    const { context } = cell;
    context.setTransform(view.ratio, 0, 0, view.ratio, 0, cell.y);
    context.clearRect(0, 0, room, height);
    const middle = room / view.ratio / 2;
    if (label.on === null) {
      context.globalAlpha = 0.92;
      context.fillStyle = this.#look.colors.card;
      context.beginPath();
      context.roundRect(middle - width / 2, 0, width, height, full ? 8 : height / 2);
      context.fill();
      context.globalAlpha = 1;
    }
    context.textAlign = "center";
    context.textBaseline = "middle";
    lines.forEach((line, at) => {
      context.font = fonts[at]!;
      context.fillStyle = label.gone || (at > 0 && label.on === null) ? this.#look.colors.muted : label.on ? inkOn(label.on) : this.#look.colors.ink;
      if (label.on) {
        context.strokeStyle = label.on;
        context.lineWidth = 3;
        context.strokeText(line, middle, 4 + (size + 2) * (at + 0.5));
      }
      context.fillText(line, middle, 4 + (size + 2) * (at + 0.5));
    });
    const sprite = { said, cell, width, height };
    this.#sprites.set(slot, sprite);
    return { sprite };
  }
}
