// What each tool does between press and release: one drag is one step of undo.

import { t } from "../../../../../lib/i18n";
import * as edit from "../model/edit";
import { boxOf, place, seatAt, seatsInside, thingAt, thingsIn, type Box } from "../model/geometry";
import { gridFor } from "../model/grid";
import { things, type Point } from "../model/plan";
import type { Editor, Gesture } from "../state.svelte";
import { addAt } from "./add";
import { handlesOf } from "./chosen";
import type { View } from "./view";

const GRAB_PX = 16;
const TURN_SNAP = 5;
export const SEAT_REACH_PX = 14;

/** A drag that has begun: what a move and the release do. */
export interface Drag { move: (now: Point, event: PointerEvent) => void; end: (now: Point, clicked: boolean, event: PointerEvent) => void }

export function panning(view: View, from: Point): Drag {
  let last = from;
  return { move: (now) => { view.pan(now.x - last.x, now.y - last.y); last = now; }, end: () => {} };
}

export function overHandle(view: View, editor: Editor, { x, y }: Point): "turn" | "size" | null {
  if (editor.tool !== "select") return null;
  const { turn, size } = handlesOf(view, editor);
  const near = (handle: Point | null): boolean => handle !== null && Math.hypot(handle.x - x, handle.y - y) <= GRAB_PX;
  return near(turn) ? "turn" : near(size) ? "size" : null;
}

export function begin(view: View, editor: Editor, from: Point, event: PointerEvent): Drag {
  const at = (point: Point): Point => view.at(point.x, point.y);
  const boxTo = (now: Point): Box => {
    const [a, b] = [at(from), at(now)];
    return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
  };
  switch (editor.tool) {
    case "seats": return lasso(view, editor, from, event);
    case "block": case "area": case "stage": return drawing(editor, boxTo, at(from));
    default: break;
  }
  const handle = overHandle(view, editor, from);
  if (handle === "turn") return turning(editor, at(from), at);
  if (handle === "size") return sizing(editor, at);
  const { x, y } = at(from);
  const hit = thingAt(editor.plan, x, y, SEAT_REACH_PX / view.scale);
  if (!hit) return marquee(editor, boxTo, event.shiftKey);
  const already = editor.selection.ids.has(hit.id);
  if (event.shiftKey) {
    editor.toggle(hit.id);
    return { move: () => {}, end: () => {} };
  }
  if (!already) editor.choose([hit.id]);
  const by = (now: Point): Gesture & { kind: "move" } => ({ kind: "move", dx: at(now).x - x, dy: at(now).y - y });
  return {
    move: (now) => { editor.gesture = by(now); },
    end: (now, clicked) => {
      if (clicked) return editor.choose([hit.id]);
      const { dx, dy } = by(now);
      editor.move(dx, dy);
    },
  };
}

function marquee(editor: Editor, boxTo: (now: Point) => Box, more: boolean): Drag {
  const before = more ? editor.selection.ids : new Set<string>();
  return {
    move: (now) => { editor.gesture = { kind: "marquee", box: boxTo(now), words: "" }; },
    end: (now, clicked) => editor.choose([...before, ...(clicked ? [] : thingsIn(things(editor.plan), boxTo(now)).map(({ id }) => id))]),
  };
}

function lasso(view: View, editor: Editor, from: Point, event: PointerEvent): Drag {
  const line = [view.at(from.x, from.y)];
  const how = event.shiftKey ? "more" : event.altKey ? "less" : "only";
  return {
    move: (now) => {
      line.push(view.at(now.x, now.y));
      editor.gesture = { kind: "lasso", line: [...line] };
    },
    end: (now, clicked) => {
      if (!clicked) return editor.chooseSeats(seatsInside(editor.plan, line), how);
      const { x, y } = view.at(now.x, now.y);
      const found = seatAt(editor.plan, x, y, SEAT_REACH_PX / view.scale);
      const guid = found && place(found.block).seats[found.index]?.guid;
      if (guid) editor.chooseSeats([guid], how === "more" && editor.selection.guids.has(guid) ? "less" : how);
      else if (how === "only") editor.chooseSeats([]);
    },
  };
}

function turning(editor: Editor, from: Point, at: (point: Point) => Point): Drag {
  const thing = editor.only;
  const centre = thing ? { x: thing.x, y: thing.y } : editor.middleOfChosen;
  const angle = ({ x, y }: Point): number => (Math.atan2(y - centre.y, x - centre.x) * 180) / Math.PI;
  const degrees = (now: Point, free: boolean): number => {
    const turn = edit.normal(angle(at(now)) - angle(from));
    return free ? Math.round(turn * 10) / 10 : Math.round(turn / TURN_SNAP) * TURN_SNAP;
  };
  return {
    move: (now, event) => { editor.gesture = { kind: "turn", degrees: degrees(now, event.altKey), centre }; },
    end: (now, clicked, event) => { if (!clicked) editor.rotate(degrees(now, event.altKey)); },
  };
}

let dragged = 0;

/** The opposite corner stays where it is. */
function sizing(editor: Editor, at: (point: Point) => Point): Drag {
  const thing = editor.only;
  if (!thing || thing.kind === "block") return { move: () => {}, end: () => {} };
  const { left, top } = boxOf(thing);
  const kind = `drag ${++dragged}`;
  const sized = (now: Point): void => {
    const corner = at(now);
    const [width, height] = [Math.max(Math.round(corner.x - left), 10), Math.max(Math.round(corner.y - top), 10)];
    const patch = { width, height, x: left + width / 2, y: top + height / 2 };
    const plan = thing.kind === "area" ? edit.changeArea(editor.plan, thing.id, patch) : edit.changeDecoration(editor.plan, thing.id, patch);
    editor.change(plan, kind);
  };
  return { move: sized, end: (now, clicked) => { if (!clicked) sized(now); } };
}

function drawing(editor: Editor, boxTo: (now: Point) => Box, from: Point): Drag {
  const { tool } = editor;
  const words = (box: Box): string => {
    if (tool !== "block") return "";
    const { rows, seats } = gridFor(box.right - box.left, box.bottom - box.top);
    return t("editor.drawing", { rows, seats, count: rows * seats });
  };
  return {
    move: (now) => {
      const box = boxTo(now);
      editor.gesture = { kind: "draw", box, words: words(box) };
    },
    end: (now, clicked) => addAt(editor, clicked ? null : boxTo(now), from),
  };
}
