// The report `web` as a page of docs/benchmarks.

const MOVEMENTS = [
  ["rest", "at rest, nothing moves"], ["zoom_in", "pinching in from the whole"], ["pan", "panning at middle zoom"],
  ["zoom_in_near", "pinching in to the seats"], ["pan_near", "panning near"], ["zoom_out_near", "pinching out from near"], ["zoom_out", "pinching out to the whole"],
];
const BYTES = [["line_page_bytes", "the line, while one waits", 30_000], ["event_page_bytes", "event", 120_000],
  ["seat_map_bytes", "map of 20,000 seats with plan and seats, from the line on", 350_000]];
const PAGES = [["home", "home"], ["event", "event"], ["line", "the line"], ["seat_map", "map of 20,000 seats"]];

const number = (value) => value.toLocaleString("en-US");
const percent = (share) => `${(100 * share).toFixed(1)} %`;

export function asPage({ at, commit, machine, load, figures, spread, violations }) {
  const range = (name, show = number) => (spread[name][0] === spread[name][1] ? show(figures[name]) : `**${show(figures[name])}** (${show(spread[name][0])} to ${show(spread[name][1])})`);
  const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `# The pages

Written by \`npm run figures --prefix e2e\` (report \`web\`) on ${at.slice(0, 10)}, commit ${commit}; do not edit by hand.

**Machine:** ${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB, kernel ${machine.kernel}; a ${load.build} build of the server; load average ${machine.load_average}
(above the number of cores, other programs had a part in the figures). Chromium from Debian without a GPU:
everything is drawn by the processor, so read frame times as upper bounds. ${load.rounds > 1 ? `Medians of ${load.rounds} rounds, with the smallest and the largest` : "One round"}.

## Bytes

As they were sent (brotli for files, gzip for the API), with nothing cached.

${table(["page", "bytes", "wanted at most"], BYTES.map(([name, page, most]) => [page, range(name), number(most)]))}

## Lighthouse

Version 12 with its mobile throttling (a slow phone, 1.6 Mbit/s). axe finds ${violations.axe} violations on these pages.

${table(["page", "performance", "accessibility", "best practices"], PAGES.map(([name, page]) => [page,
    ...["performance", "accessibility", "best_practices"].map((category) => range(`lighthouse_${name}_${category}`))]))}

## Frames of the map

20,160 seats in 24 sections on a phone's screen (412 × 823, 1.75 device pixels), processor throttled four times, moved by touch; times from
one \`requestAnimationFrame\` to the next, in ms. A frame takes 16.7 ms; "late" is more than 2 ms over that, "lost" more than 33 ms.
The hall is drawn in a worker, which Chromium cannot throttle; while it draws, the map moves the picture it has. After a zoom it
was sharp again within ${range("map_sharp_after_zoom_ms_max")} ms; a device whose every core is four times slower needs up to four times that.

${table(["movement", "median", "p95", "late", "lost"], MOVEMENTS.map(([name, words]) => [words, range(`map_${name}_frame_ms_p50`), range(`map_${name}_frame_ms_p95`),
    range(`map_${name}_frames_over_18_7_ms_share`, percent), range(`map_${name}_frames_over_33_ms_share`, percent)]))}
`;
}
