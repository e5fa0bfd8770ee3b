// An appointment for the reader's own calendar, as an iCalendar file (RFC 5545) made in the browser.

export interface Appointment {
  /** The same for the same appointment, so that adding it twice gives one. */
  uid: string;
  startsAtMs: number;
  minutes: number;
  title: string;
  place?: string;
  text?: string;
  url?: string;
  /** Reminds so many minutes before. */
  remindMinutes?: number;
}

const LINE_BYTES_MAX = 75;
const NOT_IN_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** The file: lines end with CR LF, none is longer than 75 bytes. */
export function calendarFile(it: Appointment, madeAtMs: number): string {
  const lines = [
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Onsale//Onsale//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
    "BEGIN:VEVENT", `UID:${escaped(it.uid)}`, `DTSTAMP:${utc(madeAtMs)}`, `DTSTART:${utc(it.startsAtMs)}`, `DURATION:PT${it.minutes}M`,
    `SUMMARY:${escaped(it.title)}`,
    ...(it.place ? [`LOCATION:${escaped(it.place)}`] : []),
    ...(it.text ? [`DESCRIPTION:${escaped(it.text)}`] : []),
    ...(it.url ? [`URL:${it.url.replace(/\s/g, "")}`] : []),
    ...(it.remindMinutes === undefined ? [] : alarm(it.remindMinutes, it.title)),
    "END:VEVENT", "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

/** Hands a text to the reader as a file. */
export function saveCalendar(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "text/calendar;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name.replace(/[\\/:*?"<>|\s]+/g, "-").replace(/^[-.]+|[-.]+$/g, "") || "event"}.ics`;
  document.body.append(link);
  link.click();
  link.remove();
  // Safari reads the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 30_000);
}

const alarm = (minutes: number, title: string): string[] =>
  ["BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:${escaped(title)}`, `TRIGGER:-PT${minutes}M`, "END:VALARM"];

/** `20310517T103000Z`. */
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** A TEXT value (3.3.11): what would end it is escaped, what may not be in it is left out. */
export function escaped(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(NOT_IN_TEXT, "").replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n");
}

/** Folded (3.1) by bytes, but never within a character. */
export function folded(line: string): string {
  const encoder = new TextEncoder();
  let out = "";
  let bytes = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (bytes + size > LINE_BYTES_MAX) {
      out += "\r\n ";
      bytes = 1; // the space that begins the next line
    }
    out += character;
    bytes += size;
  }
  return out;
}
