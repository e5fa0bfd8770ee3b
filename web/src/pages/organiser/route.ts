// The addresses below `/organiser`.

export type Part = "overview" | "events" | "new event" | "event" | "venues" | "plans" | "new plan" | "plan" | "new sale" | "cockpit" | "orders" | "unknown";

/** Which part of the workshop an address is, of which id, and which entry of its navigation it belongs to. */
export function routeOf(path: string): { part: Part; id: string; place: "overview" | "events" | "venues" | "plans" | "sale" } {
  const [, , area = "", second = "", third = ""] = path.replace(/\/+$/, "").split("/").map(decode);
  const is = (part: Part, place: ReturnType<typeof routeOf>["place"], id = ""): ReturnType<typeof routeOf> => ({ part, id, place });
  switch (area) {
    case "": return is("overview", "overview");
    case "events": return second === "" ? is("events", "events") : second === "new" ? is("new event", "events") : is("event", "events", second);
    case "venues": return is("venues", "venues");
    case "plans": return second === "" ? is("plans", "plans") : second === "new" ? is("new plan", "plans") : is("plan", "plans", second);
    case "sales":
      if (second === "new") return is("new sale", "sale");
      if (second !== "") return third === "orders" ? is("orders", "sale", second) : is("cockpit", "sale", second);
      return is("overview", "overview");
    default: return is("unknown", "overview");
  }
}

function decode(text: string): string {
  try { return decodeURIComponent(text); } catch { return text; }
}
