// The colours of the theme, for the canvas.

export interface Colors { ground: string; grid: string; ink: string; muted: string; focus: string; area: string; card: string; wrong: string }

export function colorsOf(element: Element): Colors {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { ground: of("ground"), grid: of("rule"), ink: of("ink"), muted: of("muted"), focus: of("focus"), area: of("area"), card: of("card"), wrong: of("accent") };
}
