// Colours of a drawing: those of the theme, and what can be read on them.

/** The colours of the current theme, from CSS custom properties. */
export function themeColors<K extends string>(element: Element, names: readonly K[]): Record<K, string> {
  const style = getComputedStyle(element);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Record<K, string>;
}

/** Calls when the theme changes; returns a function that ends it. */
export function onTheme(call: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", call);
  return () => query.removeEventListener("change", call);
}

/** Of `#rrggbb`, and of `#rgb`, which the build makes of it. */
function rgb(color: string): [number, number, number] {
  const long = color.length === 4 ? color.replace(/[^#]/g, "$&$&") : color;
  return [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16)) as [number, number, number];
}

/** So much of one colour, and the rest of another. */
export function mix(one: string, other: string, share: number): string {
  const [a, b] = [rgb(one), rgb(other)];
  return `#${a.map((part, at) => Math.round(part * share + b[at]! * (1 - share)).toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever reads better on a colour. */
export function inkOn(color: string): string {
  const [r, g, b] = rgb(color).map((part) => (part / 255) ** 2.2) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#0b0c10" : "#ffffff";
}
