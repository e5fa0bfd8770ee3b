// The keys on the drawing.

import type { Editor } from "../state.svelte";
import type { View } from "./view";

const PAN_STEP_PX = 60;

/** Whether the key meant something here. */
export function onKey(view: View, editor: Editor, event: KeyboardEvent): boolean {
  const step = event.shiftKey ? 100 : 10;
  const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const move = moves[event.key];
  if (move && !event.ctrlKey && !event.metaKey) {
    const [dx, dy] = move;
    if (editor.selection.ids.size > 0 && !editor.readonly) editor.move(dx * step, dy * step, "keys");
    else view.pan(-dx * PAN_STEP_PX, -dy * PAN_STEP_PX);
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "+" || event.key === "=") view.zoomAt(1.4);
  else if (event.key === "-") view.zoomAt(1 / 1.4);
  else if (event.key === "0") editor.show({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });
  else if (event.key === "Escape") {
    if (!editor.readonly) editor.tool = "select";
    editor.choose([]);
  } else if (!editor.readonly && (event.key === "Delete" || event.key === "Backspace")) editor.remove();
  else if (!editor.readonly && (event.key === "[" || event.key === "]")) editor.rotate(event.key === "]" ? 5 : -5, "keys");
  else return false;
  return true;
}
