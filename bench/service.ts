import { rmSync } from "node:fs";
import { join } from "node:path";
import { Engine } from "../src/index.ts";
import type { Bench } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time } from "./process.ts";

const CROWD = 100;
const AT_ONCE = 10;
const REQUESTS = 100;
const SAMPLES = 5;
const PATIENCE_MS = 30_000;

/** Docker's API: a service from nothing to its first answer, and then, by the same client for all peers, a run, a list and a log. */
export async function measureService(bench: Bench, peer: Peer): Promise<void> {
  const socket = peer.socket ?? join(bench.place.folder, `${peer.name}.sock`);
  const service = peer.socket === undefined ? await begin(bench, peer, socket) : undefined;
  try {
    await measureRun(bench, peer, socket);
    await measureList(bench, peer, socket);
    if (peer.name === "estiba") await measureLibrary(bench, peer);
  } finally {
    service?.kill("SIGTERM");
    await service?.exited;
  }
}

/** A daemon is there already; the others are started, several times, the last time for good. */
async function begin({ place, record }: Bench, peer: Peer, socket: string): Promise<Bun.Subprocess> {
  for (let sample = 0; ; sample += 1) {
    rmSync(socket, { force: true });
    const started = Bun.nanoseconds();
    const argv = [...peer.argv, "system", "service", "--time", "0", `unix://${socket}`];
    const child = Bun.spawn(argv, { env: place.env, stdio: ["ignore", "ignore", "ignore"] });
    await answered(socket);
    // The first one warms up.
    if (sample > 0) record({ of: "api-start", peer: peer.name, value: (Bun.nanoseconds() - started) / 1e6 });
    if (sample === SAMPLES) return child;
    child.kill("SIGTERM");
    await child.exited;
  }
}

async function answered(socket: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      if ((await fetch("http://d/_ping", { unix: socket })).ok) return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await Bun.sleep(1);
  }
}

async function measureRun({ place, record, small }: Bench, peer: Peer, socket: string): Promise<void> {
  const run = ["/usr/bin/docker", "-H", `unix://${socket}`, "run", "--rm", small, "true"];
  time(place, run);
  for (let sample = 0; sample < SAMPLES; sample += 1)
    record({ of: "api-run", peer: peer.name, value: time(place, run) });
  await Promise.resolve();
}

async function measureList({ record, small }: Bench, peer: Peer, socket: string): Promise<void> {
  const ask = async (method: string, path: string, body?: object): Promise<Response> => {
    const headers = { "Content-Type": "application/json" };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://d${path}`, { unix: socket, method, ...sent });
    if (!answer.ok) throw new Error(`${peer.name}: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const ids: string[] = [];
  const make = async (): Promise<void> => {
    const asked = { Image: small, Cmd: ["sh", "-c", "echo line; exec sleep 100000"], Labels: { bench: "service" } };
    const { Id } = (await (await ask("POST", "/containers/create", asked)).json()) as { Id: string };
    await ask("POST", `/containers/${Id}/start`);
    ids.push(Id);
  };
  for (let made = 0; made < CROWD; made += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, make));
  const list = async (): Promise<number> => ((await (await ask("GET", "/containers/json")).json()) as unknown[]).length;
  if ((await list()) < CROWD) throw new Error(`${peer.name} lists too few containers`);
  for (let request = 0; request < REQUESTS; request += 1) {
    const started = Bun.nanoseconds();
    await list();
    record({ of: "api-list", peer: peer.name, value: (Bun.nanoseconds() - started) / 1e6 });
  }
  for (const id of ids.slice(0, SAMPLES)) record({ of: "api-logs", peer: peer.name, value: await firstLine(ask, id) });
  await Promise.all(ids.map(async (id) => await ask("DELETE", `/containers/${id}?force=1`)));
}

/** As a test would have it: in this process, without a service. */
async function measureLibrary({ record, small }: Bench, { name, argv }: Peer): Promise<void> {
  const [binary = "", , root = "", , runRoot = ""] = argv;
  await using engine = await Engine.open({ root, runRoot, binary });
  for (let sample = 0; sample <= SAMPLES; sample += 1) {
    const started = Bun.nanoseconds();
    await using web = await engine.containers.run({ image: small, command: ["httpd", "-f", "-p", "8080"] });
    await web.waitUntil({ port: 8080 });
    // The first one warms up.
    if (sample > 0) record({ of: "library", peer: name, value: (Bun.nanoseconds() - started) / 1e6 });
  }
}

/** From the question until the first line of a log that is followed. */
async function firstLine(ask: (method: string, path: string) => Promise<Response>, id: string): Promise<number> {
  const started = Bun.nanoseconds();
  const { body } = await ask("GET", `/containers/${id}/logs?follow=1&stdout=1`);
  const reader = body?.getReader();
  await reader?.read();
  const elapsedMs = (Bun.nanoseconds() - started) / 1e6;
  await reader?.cancel();
  return elapsedMs;
}
