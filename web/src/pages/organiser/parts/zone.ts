// Date and time as somebody at the venue writes it, and the instant it is.

/** Minutes east of Greenwich at an instant. */
export function offsetMinutes(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(new Date(ms));
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return Math.round((local - Math.floor(ms / 1_000) * 1_000) / 60_000);
}

/** `2031-05-17T19:30` in a zone as an instant; null if it is no date and time. A time that the clocks leave out is the one after. */
export function instantOf(wall: string, timeZone: string): number | null {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(wall) ? Date.parse(`${wall}:00Z`) : Number.NaN;
  if (Number.isNaN(local)) return null;
  const guess = local - offsetMinutes(local, timeZone) * 60_000;
  return local - offsetMinutes(guess, timeZone) * 60_000;
}

/** An instant as `2031-05-17T19:30` in a zone, for a field. */
export function wallAt(ms: number, timeZone: string): string {
  return new Date(ms + offsetMinutes(ms, timeZone) * 60_000).toISOString().slice(0, 16);
}

/** An instant as RFC 3339 with the zone's offset. */
export function rfc3339(ms: number, timeZone: string): string {
  const offset = offsetMinutes(ms, timeZone);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${wallAt(ms, timeZone)}:00${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}

/** Every zone the browser knows, the reader's among them. */
export function zones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const all = Intl.supportedValuesOf("timeZone");
  return all.includes(own) ? all : [own, ...all];
}

/** A zone with how far it is from Greenwich: `Asia/Seoul (GMT+9)`. */
export function zoneName(timeZone: string, ms = Date.now()): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" }).formatToParts(new Date(ms));
  return `${timeZone.replaceAll("_", " ")} (${parts.find(({ type }) => type === "timeZoneName")?.value ?? ""})`;
}
