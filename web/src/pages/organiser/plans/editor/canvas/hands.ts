// The pointer on the drawing: press, drag, pinch, wheel.

import { place, seatAt } from "../model/geometry";
import type { Point } from "../model/plan";
import type { Editor } from "../state.svelte";
import { begin, overHandle, panning, SEAT_REACH_PX, type Drag } from "./drags";
import { onKey } from "./keys";
import type { View } from "./view";

const CLICK_SLACK_PX = 5;

/** Wires the canvas; returns what takes it off again. */
export function listen(view: View, editor: Editor): () => void {
  const { canvas } = view;
  const off = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(name: K, hear: (event: HTMLElementEventMap[K]) => void, options: AddEventListenerOptions = {}): void =>
    canvas.addEventListener(name, hear, { ...options, signal: off.signal });
  const pointers = new Map<number, Point>();
  let drag: Drag | null = null;
  let start: Point = { x: 0, y: 0 };
  let travelled = 0;
  let spread = 0;

  const at = (event: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const cancel = (): void => {
    drag = null;
    editor.gesture = null;
  };

  on("pointerdown", (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    const point = at(event);
    pointers.set(event.pointerId, point);
    if (pointers.size === 2) {
      cancel();
      spread = spreadOf(pointers);
      return;
    }
    [start, travelled] = [point, 0];
    drag = event.button === 1 || editor.tool === "pan" ? panning(view, point) : begin(view, editor, point, event);
  });

  on("pointermove", (event) => {
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) return void (canvas.dataset.over = overHandle(view, editor, point) ?? "");
    travelled += Math.hypot(point.x - before.x, point.y - before.y);
    pointers.set(event.pointerId, point);
    if (pointers.size === 2) {
      const [a = point, b = point] = [...pointers.values()];
      const now = spreadOf(pointers);
      if (spread > 0) view.zoomAt(now / spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
      view.pan((point.x - before.x) / 2, (point.y - before.y) / 2);
      spread = now;
    } else if (travelled > CLICK_SLACK_PX) drag?.move(point, event);
  });

  on("pointerup", (event) => {
    pointers.delete(event.pointerId);
    const ended = drag;
    drag = null;
    ended?.end(travelled > CLICK_SLACK_PX ? at(event) : start, travelled <= CLICK_SLACK_PX, event);
    editor.gesture = null;
  });
  on("pointercancel", (event) => {
    pointers.delete(event.pointerId);
    cancel();
  });

  on("dblclick", (event) => {
    if (editor.tool !== "seats") return;
    const point = view.at(at(event).x, at(event).y);
    const found = seatAt(editor.plan, point.x, point.y, SEAT_REACH_PX / view.scale);
    const row = found && found.block.rows[place(found.block).rows[found.index] ?? 0];
    if (row) editor.chooseSeats(row.seats.map(({ guid }) => guid), event.shiftKey ? "more" : "only");
  });

  on("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey || (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.ctrlKey)) return view.pan(-(event.deltaX || event.deltaY), event.deltaX ? -event.deltaY : 0);
    view.zoomAt(Math.exp(-event.deltaY / (event.ctrlKey ? 120 : 420)), at(event).x, at(event).y);
  }, { passive: false });

  on("keydown", (event) => {
    if (event.key === "Escape" && drag) return cancel();
    if (onKey(view, editor, event)) event.preventDefault();
  });
  return () => off.abort();
}

function spreadOf(pointers: ReadonlyMap<number, Point>): number {
  const [a, b] = [...pointers.values()];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}
