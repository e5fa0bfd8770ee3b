// New things: where and how large.

import { t } from "../../../../../lib/i18n";
import * as edit from "../model/edit";
import { boxOfAll, middle, type Box } from "../model/geometry";
import { DEFAULT_GRID, gridFor } from "../model/grid";
import { freshId, things, type Point } from "../model/plan";
import type { Editor, Tool } from "../state.svelte";

/** Where something can be added without pointing: below what is there, a stage above it. */
export function freePlace({ plan }: Editor, tool: Tool, middleShown: Point): Point {
  const { left, top, right, bottom } = boxOfAll(things(plan));
  if (left > right) return middleShown;
  return { x: (left + right) / 2, y: tool === "stage" ? top - 130 : bottom + (tool === "block" ? 210 : 160) };
}

/** Adds what the tool makes: as large as the box, or as usual around a point. */
export function addAt(editor: Editor, box: Box | null, at: Point, tool = editor.tool): void {
  const centre = box ? middle(box) : at;
  const [x, y] = [Math.round(centre.x), Math.round(centre.y)];
  const size = (width: number, height: number): { width: number; height: number } =>
    (box ? { width: Math.max(Math.round(box.right - box.left), 10), height: Math.max(Math.round(box.bottom - box.top), 10) } : { width, height });
  if (tool === "block") {
    const grid = box ? gridFor(box.right - box.left, box.bottom - box.top) : DEFAULT_GRID;
    editor.add(edit.drawnBlock(editor.freeName("block"), x, y, grid, editor.level));
  } else if (tool === "area") {
    const { width, height } = size(300, 180);
    // Two people on a square of the size of a seat and the way to it.
    const capacity = Math.max(Math.round((width * height) / (24 * 30) / 10) * 20, 10);
    editor.add({ kind: "area", id: freshId(), name: editor.freeName("area"), x, y, width, height, level: editor.level, capacity });
  } else if (tool === "stage") {
    editor.add({ kind: "decoration", id: freshId(), name: t("editor.new.stage"), x, y, ...size(400, 100), rotation: 0, shape: "rectangle", points: [], color: "#c9ccd4" });
  }
}
