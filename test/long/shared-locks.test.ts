// What all containers share (databases, and locks that are not of one thing alone) is held for moments: not by the clock, which says
// nothing on a busy machine, but by what is done meanwhile.
import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { listSteps } from "../fixtures/faults/inject.ts";
import { SCENARIOS } from "../fixtures/faults/scenarios.ts";
import { recordFigure } from "../fixtures/figures.ts";

type Hold = { readonly of: string; readonly cpuMs: number; readonly steps: readonly string[] };

/** Whoever waits for one of these works on the same container, volume or layer. */
const OF_ONE_THING = /^(container-|pod-|volume-|layer-|\.tmp-|[0-9a-f]{16,}$)/;
/** What takes its time where others, the disk or the kernel have theirs. */
const SLOW =
  /^(spawn|sleep|request|mount|move_mount|umount2|unshare|bind|sendto|fsync|fdatasync|syncfs|unlinkat|rename)$/;
/** What belongs to what a lock is for; nobody takes these on the way of a container whose image and network are there. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // What it has recorded is on the disk before files are freed; they are moved out of the way, one rename for each.
  "images.lock": ["fsync", "fdatasync", "rename"],
  // nft, and the routes of the host: a network's first container, and who makes or removes a network.
  rules: ["spawn", "sendto", "rename"],
  networks: ["sendto", "fdatasync", "rename"],
  "estiba-subnets": ["rename"],
  secrets: ["fsync", "fdatasync", "rename"],
};

test("what all containers share is not held while a process is started, the kernel or the disk is waited for", async () => {
  await using ground = await prepareGround();
  const log = ground.engine.path("locks.log");
  process.env["ESTIBA_LOCK_LOG"] = log;
  const all: Hold[] = [];
  try {
    for (const scenario of SCENARIOS) {
      rmSync(log, { force: true });
      await listSteps(ground, scenario);
      all.push(...readHolds(log, scenario.name));
    }
  } finally {
    delete process.env["ESTIBA_LOCK_LOG"];
  }
  const transactions = all.filter(({ of }) => of.includes(".db "));
  expect(transactions.length).toBeGreaterThan(SCENARIOS.length);
  expect(all.filter(({ steps }) => steps.length > 0)).toEqual([]);
  const most = Math.max(...transactions.map(({ cpuMs }) => cpuMs));
  recordFigure(
    `transactions of ${SCENARIOS.length} commands in which a process was started, or the kernel or the disk waited for`,
    `0 of ${transactions.length}; the most work in one: ${most} ms of a processor`,
  );
});

/** Those of the log that others may wait for, with the slow steps that are not allowed in them. */
function readHolds(log: string, command: string): Hold[] {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return lines.flatMap((line) => {
    const [, cpuMs, path = "", steps = ""] = line.split(" ");
    const name = basename(path);
    if (OF_ONE_THING.test(name) || path.includes("/volumes/")) return [];
    const slow = steps.split(",").filter((step) => {
      const [verb = ""] = step.split("=");
      return SLOW.test(verb) && !(ALLOWED[name] ?? []).includes(verb);
    });
    return [{ of: `${name} by ${command}`, cpuMs: Number(cpuMs), steps: slow }];
  });
}
