import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { build, type InlineConfig, type Plugin } from "vite";

const ASKED = /\/i18n\/(\w+)\.json\?line$/;
const GIVEN = "\0line-texts:";
/** What the page of the line says before one is let in: these areas, and what may go wrong on the way. */
const AREAS = ["skip", "nav", "link", "action", "time", "title", "levels", "waiting", "turn", "timer", "leave_line", "sound", "offline"];
const WORDS = ["account.log_in", "account.log_out", "rehearsal.text"];
const PROBLEMS = ["unknown", "trace", "network_unreachable", "answer_late", "default", "passing", "not_signed_in", "sale_unknown"];

/** `en.json?line`: of all texts those that are needed while one waits. */
export function lineTexts(): Plugin {
  const first = (key: string): boolean => {
    const [area = "", ...rest] = (key.split("#")[0] ?? "").split(".");
    const word = rest.join(".");
    if (key === "time.doors") return false; // the event's own page says it
    return AREAS.includes(area) || WORDS.includes(`${area}.${word}`) || ((area === "problem" || area === "next") && PROBLEMS.includes(word));
  };
  return {
    name: "line-texts",
    enforce: "pre",
    resolveId(id) {
      const language = ASKED.exec(id)?.[1];
      return language ? GIVEN + language : null;
    },
    async load(id) {
      if (!id.startsWith(GIVEN)) return null;
      const language = id.slice(GIVEN.length);
      const folder = resolve(import.meta.dirname, "i18n");
      const file = resolve(folder, `${language}.json`);
      this.addWatchFile(file);
      const texts = Object.entries(JSON.parse(await readFile(file, "utf8")) as Record<string, string>);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(texts.filter(([key]) => first(key)))))})`;
    },
  };
}

/** No page of ours is rendered by a server first. Svelte means to be rid of its half for that, but Rolldown does not see it. */
export function noHydration(): Plugin {
  return {
    name: "no-hydration",
    transform: {
      filter: { id: /svelte\/src\/internal\/client\/dom\/hydration\.js$/ },
      handler(code) {
        const never = code.replace("export let hydrating = false;", "export const hydrating = false;")
          .replace(/(export function set_hydrating\(value\) \{)[^}]*\}/, "$1}");
        if (!never.includes("export const hydrating") || /hydrating = value/.test(never)) this.error("Svelte has changed: look at noHydration again.");
        return never;
      },
    },
  };
}

/**
 * Builds a page by itself, after the others: what they need of Svelte must not weigh on the page that a crowd loads,
 * and it comes as one script.
 */
export function alone(config: InlineConfig): Plugin {
  let outDir = "dist";
  return {
    name: "alone",
    apply: "build",
    configResolved(resolved) {
      outDir = resolve(resolved.root, resolved.build.outDir);
    },
    async closeBundle() {
      await build({ ...config, configFile: false, publicDir: false, logLevel: "warn", build: { ...config.build, outDir, emptyOutDir: false } });
    },
  };
}
