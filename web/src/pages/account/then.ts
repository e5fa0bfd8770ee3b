// Where to go once somebody has signed in.

/** A path of this site and nothing else; null for any other text. */
export function safePath(then: string | null, origin: string): string | null {
  if (!then || !/^\/(?![/\\])/.test(then)) return null;
  let url: URL;
  try {
    url = new URL(then, origin);
  } catch {
    return null;
  }
  // A parser leaves out tabs and line ends, and what is left may be another site.
  if (url.origin !== new URL(origin).origin || url.pathname.startsWith("//") || url.pathname === "/account") return null;
  return url.pathname + url.search + url.hash;
}
