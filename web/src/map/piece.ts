// Which part of the plan a picture shows, and where the picture belongs as the window moves.

import type { Camera } from "./camera";

/** In device pixels: a point of the plan is drawn at `x * scale - left`. */
export interface Piece { scale: number; left: number; top: number; width: number; height: number; ratio: number }

/** What shows a plan: where, how large, and in how many pixels. */
export type Window = Pick<Camera, "scale" | "x" | "y" | "width" | "height"> & { ratio: number };

/** The part of the plan in a window, with a margin around it (CSS pixels). */
export function pieceOf({ scale, x, y, width, height, ratio }: Window, margin: number): Piece {
  const around = Math.round(margin * ratio);
  return {
    scale: scale * ratio, ratio, left: Math.round(-x * ratio) - around, top: Math.round(-y * ratio) - around,
    width: Math.round(width * ratio) + 2 * around, height: Math.round(height * ratio) + 2 * around,
  };
}

/** Whether the window, and so much around it, is within a piece of its own scale. */
export function covers(piece: Piece, window: Window, slack: number): boolean {
  const seen = pieceOf(window, slack);
  return piece.scale === seen.scale && piece.ratio === seen.ratio && piece.left <= seen.left && piece.top <= seen.top
    && piece.left + piece.width >= seen.left + seen.width && piece.top + piece.height >= seen.top + seen.height;
}

/** How a picture of a piece is moved and scaled to be where the window shows it; on whole pixels if it is of that scale. */
export function placed({ scale, left, top, ratio }: Piece, window: Window): string {
  const zoom = (window.scale * ratio) / scale;
  const at = (offset: number, edge: number): number => (zoom === 1 ? (Math.round(offset * ratio) + edge) / ratio : offset + (edge * zoom) / ratio);
  return `translate(${at(window.x, left)}px, ${at(window.y, top)}px) scale(${zoom})`;
}
