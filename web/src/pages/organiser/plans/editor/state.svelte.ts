// The plan that is being drawn, what of it is chosen, and every step back.

import { say } from "../../../../lib/say";
import { t } from "../../../../lib/i18n";
import { boxOf, isSomewhere, middle, place, type Box } from "./model/geometry";
import * as edit from "./model/edit";
import { beginning, redo, step, undo, type History } from "./model/history";
import { seatsIn, things, type Area, type Block, type Decoration, type Plan, type Point, type Thing } from "./model/plan";

export const TOOLS = ["select", "seats", "block", "area", "stage", "pan"] as const;
export type Tool = (typeof TOOLS)[number];

/** Blocks, areas and drawings by id; or single seats by guid. Never both. */
export interface Selection { readonly ids: ReadonlySet<string>; readonly guids: ReadonlySet<string> }

export const NOTHING: Selection = { ids: new Set(), guids: new Set() };

/** What is under way with the pointer and not yet a step. */
export type Gesture =
  | { kind: "move"; dx: number; dy: number }
  | { kind: "turn"; degrees: number; centre: Point }
  | { kind: "draw" | "marquee"; box: Box; words: string }
  | { kind: "lasso"; line: Point[] };

export class Editor {
  #history = $state.raw<History<Plan>>(beginning({
    name: "", width: 0, height: 0, levels: [], blocks: [], areas: [], decorations: [], ranking: "near",
  }));
  selection = $state.raw<Selection>(NOTHING);
  tool = $state<Tool>("select");
  gesture = $state.raw<Gesture | null>(null);
  /** The price level that new seats get. */
  level = $state("");
  readonly readonly: boolean;
  readonly plan = $derived(this.#history.present);
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);
  readonly chosen = $derived(things(this.plan).filter(({ id }) => this.selection.ids.has(id)));
  /** Set by the canvas: brings a part of the plan into view, `near` enough to tell seats apart. */
  show: (box: Box, near?: boolean) => void = () => {};

  constructor(plan: Plan, readonly = false) {
    this.#history = beginning(plan);
    this.level = plan.levels[0]?.id ?? "";
    this.readonly = readonly;
    if (readonly) this.tool = "pan";
  }

  get only(): Thing | null {
    return this.chosen.length === 1 ? this.chosen[0] ?? null : null;
  }

  /** Forgets every step: another plan. */
  begin(plan: Plan): void {
    this.#history = beginning(plan);
    this.selection = NOTHING;
    this.level = plan.levels[0]?.id ?? "";
  }

  /** A step; steps of one `kind` that follow at once are undone together. */
  change(plan: Plan, kind = ""): void {
    this.#history = step(this.#history, plan, kind, performance.now());
    this.#keepValid();
  }

  undo(): void {
    if (!this.canUndo) return;
    this.#history = undo(this.#history);
    this.#keepValid();
    say(t("editor.undone"));
  }

  redo(): void {
    if (!this.canRedo) return;
    this.#history = redo(this.#history);
    this.#keepValid();
    say(t("editor.redone"));
  }

  #keepValid(): void {
    const there = new Set(things(this.plan).map(({ id }) => id));
    const ids = [...this.selection.ids].filter((id) => there.has(id));
    if (ids.length !== this.selection.ids.size) this.selection = { ...this.selection, ids: new Set(ids) };
    if (this.selection.guids.size > 0) {
      const guids = new Set(this.plan.blocks.flatMap((block) => place(block).seats).map(({ guid }) => guid).filter((guid) => this.selection.guids.has(guid)));
      if (guids.size !== this.selection.guids.size) this.selection = { ...this.selection, guids };
    }
    if (!this.plan.levels.some(({ id }) => id === this.level)) this.level = this.plan.levels[0]?.id ?? "";
  }

  choose(ids: Iterable<string>): void {
    this.selection = { ids: new Set(ids), guids: new Set() };
  }

  toggle(id: string): void {
    const ids = new Set(this.selection.ids);
    if (!ids.delete(id)) ids.add(id);
    this.choose(ids);
  }

  chooseSeats(guids: Iterable<string>, how: "only" | "more" | "less" = "only"): void {
    const next = new Set(how === "only" ? [] : this.selection.guids);
    for (const guid of guids) {
      if (how === "less") next.delete(guid);
      else next.add(guid);
    }
    this.selection = { ids: new Set(), guids: next };
  }

  chooseAll(): void {
    if (this.tool === "seats") this.chooseSeats(this.plan.blocks.flatMap((block) => place(block).seats.map(({ guid }) => guid)));
    else this.choose(things(this.plan).map(({ id }) => id));
  }

  /** Chooses what a finding is about, and brings it into view. */
  point({ ids, guids }: { ids: readonly string[]; guids: readonly string[] }): void {
    if (guids.length > 0) this.chooseSeats(guids);
    else this.choose(ids);
    const box = this.chosenBox();
    if (isSomewhere(box)) this.show(box, guids.length > 0);
  }

  /** Around everything that is chosen. */
  chosenBox(): Box {
    const boxes = this.chosen.map(boxOf);
    if (this.selection.guids.size > 0) {
      for (const block of this.plan.blocks) {
        const { seats, points } = place(block);
        seats.forEach(({ guid }, index) => {
          const [x, y] = [points[2 * index] ?? 0, points[2 * index + 1] ?? 0];
          if (this.selection.guids.has(guid)) boxes.push({ left: x, right: x, top: y, bottom: y });
        });
      }
    }
    return boxes.reduce((all, box) => ({
      left: Math.min(all.left, box.left), top: Math.min(all.top, box.top), right: Math.max(all.right, box.right), bottom: Math.max(all.bottom, box.bottom),
    }), { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });
  }

  move(dx: number, dy: number, kind = ""): void {
    if (this.selection.ids.size > 0) this.change(edit.move(this.plan, this.selection.ids, dx, dy), kind);
  }

  rotate(degrees: number, kind = ""): void {
    if (this.selection.ids.size > 0) this.change(edit.rotate(this.plan, this.selection.ids, degrees), kind);
  }

  duplicate(): void {
    if (this.selection.ids.size === 0) return;
    const { plan, ids } = edit.duplicate(this.plan, this.selection.ids);
    this.change(plan);
    this.choose(ids);
    this.show(this.chosenBox());
    say(t("editor.duplicated", { count: ids.size }));
  }

  remove(): void {
    const { ids, guids } = this.selection;
    const count = ids.size + guids.size;
    if (count === 0) return;
    this.change(guids.size > 0 ? edit.removeSeats(this.plan, guids) : edit.remove(this.plan, ids));
    this.selection = NOTHING;
    say(t("editor.removed", { count }));
  }

  /** Gives a price level to what is chosen, and to what is drawn next. */
  give(level: string): void {
    this.level = level;
    const { ids, guids } = this.selection;
    if (guids.size > 0) this.change(edit.markSeats(this.plan, guids, { level }));
    else if (ids.size > 0) this.change(edit.markThings(this.plan, ids, { level }));
  }

  mark(marks: { accessible?: boolean; blocked?: boolean }): void {
    const { ids, guids } = this.selection;
    if (guids.size > 0) this.change(edit.markSeats(this.plan, guids, marks));
    else if (ids.size > 0) this.change(edit.markThings(this.plan, ids, marks));
  }

  add(thing: Block | Area | Decoration): void {
    this.change(edit.add(this.plan, thing));
    this.choose([thing.id]);
    this.tool = "select";
    const name = thing.name || t(`editor.kind.${thing.kind}`);
    say(thing.kind === "block" ? t("editor.added_block", { name, count: seatsIn(thing) }) : t("editor.added", { name }));
  }

  /** A name for the next thing of a kind: "Block 3". */
  freeName(kind: "block" | "area"): string {
    const taken = new Set(things(this.plan).map(({ name }) => name));
    const stem = t(`editor.new.${kind}`);
    return edit.nextName(`${stem} 0`, taken);
  }

  get middleOfChosen(): Point {
    const box = this.chosenBox();
    return isSomewhere(box) ? middle(box) : { x: 0, y: 0 };
  }
}
