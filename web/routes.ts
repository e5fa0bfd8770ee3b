import type { Plugin, PreviewServer, ViteDevServer } from "vite";

/** Which page answers which address, as the server has it (`crates/gateway/src/pages.rs`). */
const PAGES: [RegExp, string][] = [
  [/^\/$/, "/index.html"],
  [/^\/events\/[^/]+$/, "/event.html"],
  [/^\/sales\/[^/]+$/, "/sale.html"],
  [/^\/sales\/[^/]+\/board$/, "/board.html"],
  [/^\/orders\/[^/]+$/, "/order.html"],
  [/^\/tickets$/, "/tickets.html"],
  [/^\/account$/, "/account.html"],
  [/^\/organiser(\/.*)?$/, "/organiser.html"],
  [/^\/operator$/, "/operator.html"],
  [/^\/check-in$/, "/check-in.html"],
];

/** The addresses of the pages while developing: `npm run dev` beside a running `onsale` (`ONSALE_URL`). */
export function routes(): Plugin {
  const use = (server: ViteDevServer | PreviewServer): void => {
    server.middlewares.use((request, _, next) => {
      const [path = "/", query] = (request.url ?? "/").split("?");
      const page = PAGES.find(([address]) => address.test(path))?.[1];
      if (page) request.url = query ? `${page}?${query}` : page;
      next();
    });
  };
  return { name: "routes", configureServer: use, configurePreviewServer: use };
}
