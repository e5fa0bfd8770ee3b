// A running `onsale`: its ports, its data folder, its end.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 10_000;
const LOG_CHARS_MAX = 20_000;

const BINARY = process.env.ONSALE;
if (!BINARY) throw new Error("Set ONSALE to the built `onsale`; `cargo xtask test` does.");

/** Runs a command of `onsale` to its end; `input` goes to its standard input. */
export async function run(args, input = "") {
  // A command that wants nothing may have ended before anything could be written.
  const child = spawn(BINARY, args, { stdio: [input ? "pipe" : "ignore", "pipe", "pipe"] });
  const log = collect(child);
  child.stdin?.end(input);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`onsale ${args[0]} ended with ${code}:\n${log.text}`);
  return log.text;
}

/** Settings for a server on free ports and a new folder. */
export async function place() {
  const [port, providerPort] = await freePorts(2);
  const folder = await mkdtemp(join(tmpdir(), "onsale-e2e-"));
  return {
    folder,
    // The session cookie is Secure; a browser takes it over plain HTTP from localhost alone.
    url: `http://localhost:${port}`,
    address: `http://127.0.0.1:${port}`,
    provider: `http://127.0.0.1:${providerPort}`,
    data: join(folder, "data"),
    set: [`server.listen=127.0.0.1:${port}`, `server.public_url=http://localhost:${port}`,
      `payments.provider_url=http://127.0.0.1:${providerPort}`, "log.level=warn"].flatMap((one) => ["--set", one]),
  };
}

/** Starts a command that serves at `at`; gives a function that stops it and removes its folder. */
export async function start(args, at) {
  const child = spawn(BINARY, [...args, ...at.set], { stdio: ["ignore", "pipe", "pipe"] });
  const log = collect(child);
  const ended = new Promise((resolve) => child.on("error", resolve).on("close", resolve));
  const kill = () => child.kill("SIGTERM");
  process.on("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    kill();
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(late);
    await rm(at.folder, { recursive: true, force: true });
    return log.text;
  };
  try {
    await ready(child, at.address);
  } catch (error) {
    throw new Error(`${error.message}\n${await stop()}`);
  }
  return stop;
}

async function ready(child, address) {
  const until = Date.now() + READY_PATIENCE_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`onsale ended with ${child.exitCode}.`);
    const answer = await fetch(`${address}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`onsale was not ready after ${READY_PATIENCE_MS / 1_000} s.`);
}

function collect(child) {
  const log = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part) => { log.text = (log.text + part).slice(-LOG_CHARS_MAX); });
  }
  return log;
}

/** Ports nobody listens on; all are open at once, so that they differ. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
