import { describe, expect, it } from "vitest";

import { calendarFile, escaped, folded } from "./calendar";

const MADE = Date.UTC(2031, 0, 2, 3, 4, 5, 678);
const bytes = (text: string): number => new TextEncoder().encode(text).length;
const unfold = (file: string): string[] => file.replaceAll("\r\n ", "").split("\r\n");

describe("escaped", () => {
  it("escapes what would end a value", () => expect(escaped("a,b;c\\d")).toBe("a\\,b\\;c\\\\d"));
  it("writes every kind of line end as \\n", () => expect(escaped("a\nb\r\nc\rd")).toBe("a\\nb\\nc\\nd"));
  it("cannot begin a line of its own", () => expect(escaped("x\r\nATTENDEE:mailto:a@b")).not.toMatch(/[\r\n]/));
  it("leaves out control characters and keeps tabs", () => expect(escaped("a\u0000b\u0007c\td")).toBe("abc\td"));
  it("leaves colons and quotes as they are", () => expect(escaped('a:"b"')).toBe('a:"b"'));
});

describe("folded", () => {
  it("leaves 75 bytes alone", () => expect(folded("x".repeat(75))).toBe("x".repeat(75)));
  it("folds the 76th", () => expect(folded("x".repeat(76))).toBe(`${"x".repeat(75)}\r\n x`));
  it("counts the space at the head of a folded line", () => {
    const lines = folded("x".repeat(75 + 74 + 1)).split("\r\n");
    expect(lines.map(bytes)).toEqual([75, 75, 2]);
  });
  it.each(["가".repeat(80), "🎻".repeat(50), `a${"é".repeat(90)}`])("counts bytes and never cuts a character: %s", (text) => {
    const line = folded(text);
    expect(line.split("\r\n").every((part) => bytes(part) <= 75)).toBe(true);
    expect(line.replaceAll("\r\n ", "")).toBe(text);
    expect(line).not.toContain("\ufffd");
  });
});

describe("calendarFile", () => {
  const it1 = { uid: "sale_1-17@example.org", startsAtMs: Date.parse("2031-05-17T19:30:00+09:00"), minutes: 120, title: "The Last Encore" };

  it("is one event in UTC", () => {
    expect(calendarFile(it1, MADE)).toBe([
      "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Onsale//Onsale//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
      "BEGIN:VEVENT", "UID:sale_1-17@example.org", "DTSTAMP:20310102T030405Z", "DTSTART:20310517T103000Z", "DURATION:PT120M",
      "SUMMARY:The Last Encore", "END:VEVENT", "END:VCALENDAR", "",
    ].join("\r\n"));
  });

  it("has place, text, address and a reminder when there are any", () => {
    const lines = unfold(calendarFile({
      ...it1, title: "콘서트, 앙코르; 마지막", place: "Great Hall, Seoul", text: "Row 4\nSeat 12", url: "https://example.org/sales/sale_1", remindMinutes: 10,
    }, MADE));
    expect(lines).toContain("SUMMARY:콘서트\\, 앙코르\\; 마지막");
    expect(lines).toContain("LOCATION:Great Hall\\, Seoul");
    expect(lines).toContain("DESCRIPTION:Row 4\\nSeat 12");
    expect(lines).toContain("URL:https://example.org/sales/sale_1");
    expect(lines.slice(lines.indexOf("BEGIN:VALARM"))).toEqual(
      ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:콘서트\\, 앙코르\\; 마지막", "TRIGGER:-PT10M", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""]);
  });

  it("keeps every line within 75 bytes, whatever the names", () => {
    const file = calendarFile({ ...it1, title: "아주 긴 공연 이름 ".repeat(20), place: "🎻, ".repeat(40), url: `https://example.org/${"a".repeat(200)}` }, MADE);
    expect(file.split("\r\n").every((line) => bytes(line) <= 75)).toBe(true);
    expect(unfold(file)).toContain(`SUMMARY:${"아주 긴 공연 이름 ".repeat(20)}`);
  });
});
