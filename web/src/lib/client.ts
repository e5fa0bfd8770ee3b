// The typed client of contracts/openapi.json: the types are openapi-fetch's, the work is so little that it is done here.

import type { Client } from "openapi-fetch";

import type { paths } from "./contract";

interface Asked {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown>; header?: Record<string, unknown> };
  headers?: Record<string, string>;
  body?: unknown;
  parseAs?: "json" | "text";
}

const METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH"] as const;

/** A client that sends with `send`. */
export function createClient(send: (request: Request) => Promise<Response>): Pick<Client<paths>, (typeof METHODS)[number]> {
  const by = (method: string) => async (path: string, asked: Asked = {}): Promise<object> => {
    const response = await send(new Request(address(path, asked), { method, ...content(asked) }));
    const text = await response.text();
    if (!response.ok) return { error: asJson(text), response };
    return { data: text && asked.parseAs !== "text" ? JSON.parse(text) : text || undefined, response };
  };
  return Object.fromEntries(METHODS.map((method) => [method, by(method)])) as unknown as Client<paths>;
}

const given = (values: Record<string, unknown> = {}): [string, unknown][] => Object.entries(values).filter(([, value]) => value !== undefined && value !== null);

function address(path: string, { params = {} }: Asked): string {
  const query = new URLSearchParams(given(params.query).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]))).toString();
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params.path?.[name]))) + (query && `?${query}`);
}

function content({ params = {}, headers, body }: Asked): RequestInit {
  const all = new Headers(headers);
  for (const [name, value] of given(params.header)) all.set(name, String(value));
  if (body === undefined) return { headers: all };
  if (!all.has("Content-Type")) all.set("Content-Type", "application/json");
  return { headers: all, body: JSON.stringify(body) };
}

/** A problem; whatever stands in front of the server may answer in another language. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
