// Moving around on the map: drag, wheel, pinch, keys; and pointing at something on it.

import type { View } from "./view";

const CLICK_SLACK_PX = 6;
const STEP_PX = 60;

interface Point { x: number; y: number }

export interface Pointing {
  /** In CSS pixels of the surface. */
  onPoint: (x: number, y: number, kind: "click" | "hover") => void;
  /** Ends a hover. */
  onLeave: () => void;
}

/** Wires a view; returns a function that ends it. */
export function listen(view: View, { onPoint, onLeave }: Pointing): () => void {
  const { surface } = view;
  const ending = new AbortController();
  const pointers = new Map<number, Point>();
  let travelled = 0;
  let spread = 0;

  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const box = surface.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  const on = <K extends keyof HTMLElementEventMap>(name: K, hear: (event: HTMLElementEventMap[K]) => void): void =>
    surface.addEventListener(name, hear, { signal: ending.signal, passive: false });

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) travelled = 0;
    spread = spreadOf(pointers);
  });

  on("pointermove", (event) => {
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") onPoint(point.x, point.y, "hover");
      return;
    }
    travelled += Math.hypot(point.x - before.x, point.y - before.y);
    pointers.set(event.pointerId, point);
    if (pointers.size === 2) {
      const now = spreadOf(pointers);
      const [a, b] = [...pointers.values()] as [Point, Point];
      if (spread > 0) view.zoomAt(now / spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
      spread = now;
    }
    if (travelled > CLICK_SLACK_PX) {
      onLeave();
      const share = pointers.size;
      if (view.zoomed) view.pan((point.x - before.x) / share, (point.y - before.y) / share);
    }
  });

  const release = (event: PointerEvent): void => {
    const point = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    spread = spreadOf(pointers);
    if (event.type === "pointerup" && point && travelled <= CLICK_SLACK_PX) onPoint(point.x, point.y, "click");
  };
  on("pointerup", release);
  on("pointercancel", release);
  on("pointerleave", onLeave);

  on("wheel", (event) => {
    const { x, y } = at(event);
    // Scrolled out to the whole map, the wheel belongs to the page again.
    if (event.deltaY > 0 && !view.zoomed && !event.ctrlKey) return;
    event.preventDefault();
    view.zoomAt(Math.exp(-event.deltaY / 350), x, y);
  });

  const moves: Record<string, () => void> = {
    ArrowLeft: () => view.pan(STEP_PX, 0), ArrowRight: () => view.pan(-STEP_PX, 0),
    ArrowUp: () => view.pan(0, STEP_PX), ArrowDown: () => view.pan(0, -STEP_PX),
    "+": () => view.zoomAt(1.5), "=": () => view.zoomAt(1.5), "-": () => view.zoomAt(1 / 1.5), "0": () => view.fit(),
  };
  on("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  });

  return () => ending.abort();
}

function spreadOf(pointers: Map<number, Point>): number {
  const [a, b] = [...pointers.values()];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}
