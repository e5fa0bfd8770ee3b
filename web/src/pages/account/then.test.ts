import { describe, expect, it } from "vitest";

import { safePath } from "./then";

const ORIGIN = "https://tickets.example.org";

describe("safePath", () => {
  it.each(["/", "/tickets", "/sales/sale_1?lang=ko#top", "/events/a%2Fb"])("follows %s", (path) => expect(safePath(path, ORIGIN)).toBe(path));
  it.each([
    null, "", "tickets", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "javascript:alert(1)", " /tickets", "/.//evil.example", "/account", "/account?then=/account", "http:/tickets",
  ])("does not follow %j", (path) => expect(safePath(path, ORIGIN)).toBeNull());
});
