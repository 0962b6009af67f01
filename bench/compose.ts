import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, RowId } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time } from "./process.ts";

const SERVICES = 30;
const SERVICES_OF_CONFIG = 100;
const LINKS = 5;
/** Samples in a row, after one that only warms up. */
const IN_A_ROW = 3;
const [BURST, BURSTS, PAUSE_SECONDS] = [500, 10, 0.5];
/** What the services need to print all of it. */
const PRINTING_SECONDS = BURSTS * PAUSE_SECONDS;

type Run = { readonly bench: Bench; readonly peer: Peer; readonly file: (name: string, text: string) => string[] };

/** Projects of many services; docker's is docker-compose, and podman has none of its own. */
export function measureCompose(bench: Bench, peer: Peer): void {
  const { compose } = peer;
  if (compose === undefined) return;
  const folder = join(bench.place.folder, `compose-${peer.name}`);
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string[] => {
    writeFileSync(join(folder, `${name}.yaml`), text);
    return [...compose, "-f", join(folder, `${name}.yaml`), "-p", `bench-${name}`];
  };
  const run = { bench, peer, file };
  measureConfig(run);
  measureUp(run);
  measureChain(run);
  measureFollow(run);
}

function record({ bench, peer }: Run, of: RowId, value: number): void {
  bench.record({ of, peer: peer.name, value });
}

function measureConfig(run: Run): void {
  const argv = [...run.file("config", services(SERVICES_OF_CONFIG, typical)), "config"];
  for (let sample = 0; sample <= IN_A_ROW; sample += 1) {
    const ms = time(run.bench.place, argv);
    if (sample > 0) record(run, "compose-config", ms);
  }
}

function typical(index: number): string {
  return `
    image: example/service-${index}:1
    environment: {A: "1", B: "\${HOME}", C: "three"}
    ports: ["${20_000 + index}:80"]
    volumes: ["data-${index % 10}:/data", "./s${index}:/s:ro"]
    depends_on: [s${Math.max(0, index - 1)}]
    deploy: {resources: {limits: {memory: 64M}}}
    labels: {team: "t${index % 7}"}`.replace(index === 0 ? /\n {4}depends_on.*/ : /^$/, "");
}

function services(count: number, of: (index: number) => string): string {
  const texts = Array.from({ length: count }, (_, index) => `  s${index}:${of(index)}`);
  const volumes = Array.from({ length: 10 }, (_, index) => `data-${index}: {}`);
  return `services:\n${texts.join("\n")}\nvolumes: {${volumes.join(", ")}}\n`;
}

function measureUp(run: Run): void {
  const { place, small } = run.bench;
  const argv = run.file(
    "up",
    services(SERVICES, () => `\n    image: ${small}\n    command: sleep 100000`),
  );
  record(run, "compose-up", time(place, [...argv, "up", "-d"]) / 1000);
  for (let sample = 0; sample <= IN_A_ROW; sample += 1) {
    const ms = time(place, [...argv, "up", "-d"]);
    if (sample > 0) record(run, "compose-again", ms);
  }
  // At once: a sleep that is process 1 takes no notice of the stop signal.
  record(run, "compose-down", time(place, [...argv, "down", "-t", "0"]) / 1000);
}

/** Each is healthy at its first check, and the next one starts only then. */
function measureChain(run: Run): void {
  const { place, small } = run.bench;
  const link = (index: number): string => `
    image: ${small}
    command: sleep 100000
    healthcheck: {test: ["CMD", "true"], interval: 100ms}${index === 0 ? "" : `\n    depends_on: {s${index - 1}: {condition: service_healthy}}`}`;
  const argv = run.file("chain", services(LINKS + 1, link));
  record(run, "compose-chain", time(place, [...argv, "up", "-d"]) / 1000);
  time(place, [...argv, "down", "-t", "0"]);
}

/** Services print their numbered lines and end; how much longer than they the command takes that shows them. */
function measureFollow(run: Run): void {
  const { place, small } = run.bench;
  const script = `i=0; while [ $$i -lt ${BURSTS} ]; do seq $$((i * ${BURST} + 1)) $$((i * ${BURST} + ${BURST})); i=$$((i + 1)); sleep ${PAUSE_SECONDS}; done`;
  const argv = run.file(
    "follow",
    services(SERVICES, () => `\n    image: ${small}\n    command: ["sh", "-c", "${script}"]`),
  );
  const path = join(place.folder, "followed");
  const out = openSync(path, "w");
  const started = Bun.nanoseconds();
  const { exitCode } = Bun.spawnSync([...argv, "up"], {
    env: place.env,
    stdin: "ignore",
    stdout: out,
    stderr: "ignore",
  });
  const seconds = (Bun.nanoseconds() - started) / 1e9;
  closeSync(out);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} up: exit ${exitCode}`);
  const wrong = outOfOrder(readFileSync(path, "utf8"));
  if (wrong === undefined) record(run, "compose-follow", seconds - PRINTING_SECONDS);
  else if (run.peer.name === "estiba") throw new Error(`lines of attached up: ${wrong}`);
  time(place, [...argv, "down", "-t", "0"]);
}

/** What is wrong with the lines; undefined when each is there once, and in order for each service. */
function outOfOrder(text: string): string | undefined {
  const last = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, service, number] = /^(\S+)\s*\| (\d+)$/.exec(line) ?? [];
    if (service === undefined) continue;
    const before = last.get(service) ?? 0;
    if (Number(number) !== before + 1) return `${service}: ${number} behind ${before}`;
    last.set(service, before + 1);
  }
  const short = [...last].find(([, count]) => count !== BURST * BURSTS);
  if (short !== undefined) return `${short[0]}: ${short[1]} lines`;
  return last.size === SERVICES ? undefined : `${last.size} services`;
}
