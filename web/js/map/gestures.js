// Moving around on the map: drag, wheel, pinch, keys; and pointing at something on it.

const CLICK_SLACK_PX = 6;
const STEP_PX = 60;

/** Wires a view. `onPoint(x, y, kind)` gets CSS pixels, `kind` is `click` or `hover`; `onLeave()` ends a hover. */
export function listen(view, { onPoint, onLeave }) {
  const { canvas } = view;
  const pointers = new Map();
  let travelled = 0;
  let spread = 0;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) travelled = 0;
    spread = spreadOf(pointers);
  });

  canvas.addEventListener("pointermove", (event) => {
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) return void (event.pointerType === "mouse" && onPoint(point.x, point.y, "hover"));
    travelled += Math.hypot(point.x - before.x, point.y - before.y);
    pointers.set(event.pointerId, point);
    if (pointers.size === 2) {
      const now = spreadOf(pointers);
      const [a, b] = [...pointers.values()];
      if (spread > 0) view.zoomAt(now / spread, (a.x + b.x) / 2, (a.y + b.y) / 2);
      spread = now;
    }
    if (travelled > CLICK_SLACK_PX) {
      onLeave();
      const share = pointers.size;
      if (view.zoomed) view.pan((point.x - before.x) / share, (point.y - before.y) / share);
    }
  });

  const release = (event) => {
    const point = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    spread = spreadOf(pointers);
    if (event.type === "pointerup" && point && travelled <= CLICK_SLACK_PX) onPoint(point.x, point.y, "click");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => onLeave());

  canvas.addEventListener("wheel", (event) => {
    const { x, y } = at(event);
    // Scrolled out to the whole map, the wheel belongs to the page again.
    if (event.deltaY > 0 && !view.zoomed && !event.ctrlKey) return;
    event.preventDefault();
    view.zoomAt(Math.exp(-event.deltaY / 350), x, y);
  }, { passive: false });

  canvas.addEventListener("keydown", (event) => {
    const moves = {
      ArrowLeft: () => view.pan(STEP_PX, 0), ArrowRight: () => view.pan(-STEP_PX, 0),
      ArrowUp: () => view.pan(0, STEP_PX), ArrowDown: () => view.pan(0, -STEP_PX),
      "+": () => view.zoomAt(1.5), "=": () => view.zoomAt(1.5), "-": () => view.zoomAt(1 / 1.5), 0: () => view.fit(),
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  });
}

function spreadOf(pointers) {
  if (pointers.size < 2) return 0;
  const [a, b] = [...pointers.values()];
  return Math.hypot(a.x - b.x, a.y - b.y);
}
