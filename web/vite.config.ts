import { readdirSync } from "node:fs";
import { resolve } from "node:path";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { alone, lineTexts, noHydration } from "./line.ts";
import { precompress } from "./precompress.ts";
import { routes } from "./routes.ts";

const root = import.meta.dirname;
// Every HTML file in this folder is a page, and that of the line is built by itself; the service worker is the one script with a name that stays.
const pages = readdirSync(root).filter((name) => name.endsWith(".html") && name !== "sale.html");

const build = { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } };
/** The page a crowd loads. */
const line = { root, plugins: [svelte(), lineTexts(), noHydration(), precompress()], json: { stringify: true }, build: { ...build, rollupOptions: { input: { sale: resolve(root, "sale.html") } } } };

const proxy = { "/v1": { target: process.env.ONSALE_URL ?? "http://127.0.0.1:8080", ws: true } };

export default defineConfig({
  root,
  plugins: [svelte(), routes(), lineTexts(), alone(line)],
  json: { stringify: true },
  server: { proxy },
  preview: { proxy },
  build: {
    ...build,
    outDir: "dist",
    emptyOutDir: true,
    rollupOptions: {
      input: { ...Object.fromEntries(pages.map((name) => [name.slice(0, -5), resolve(root, name)])), worker: resolve(root, "src/worker.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "worker" ? "worker.js" : "assets/[name]-[hash].js"),
        // Names of parts stand in the page of the line, where each byte counts; six characters tell versions apart.
        chunkFileNames: "assets/[name]-[hash:6].js",
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
