// Just enough XML for a drawing: elements, attributes, nesting. No document, no entities of its own, nothing loaded.

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const PIECE = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!DOCTYPE(?:[^>[]|\[[\s\S]*?\])*>|<(\/?)([A-Za-z_][\w:.-]*)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const DEPTH_MAX = 200;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'" };

interface Open { name: string; attributes: Record<string, string>; children: Element[]; text: string }

/** The outermost element; null if there is none or the nesting is broken. */
export function parse(xml: string): Element | null {
  const top: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [top];
  for (const [, cdata, closes, name, attributes, empty, text] of xml.matchAll(PIECE)) {
    const here = open.at(-1);
    if (!here || open.length > DEPTH_MAX) return null;
    if (cdata !== undefined) here.text += cdata;
    else if (text !== undefined) here.text += decoded(text);
    else if (name === undefined) continue;
    else if (closes) {
      if (here.name !== local(name) || open.length === 1) return null;
      open.pop();
    } else {
      const element: Open = { name: local(name), attributes: attributesOf(attributes ?? ""), children: [], text: "" };
      here.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return open.length === 1 ? top.children[0] ?? null : null;
}

/** `svg:circle` is a `circle`. */
const local = (name: string): string => name.slice(name.indexOf(":") + 1);

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) attributes[name] = decoded(double ?? single ?? "");
  return attributes;
}

function decoded(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = Number.parseInt(name.slice(/^#x/i.test(name) ? 2 : 1), /^#x/i.test(name) ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}
