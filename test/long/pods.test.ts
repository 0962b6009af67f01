import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { killPodVerb, POD_VERBS } from "../fixtures/pod-kills.ts";

const engine = useEngine();
const ROUNDS = 20;

for (const [index, verb] of POD_VERBS.entries()) {
  test(`pod ${verb}, killed at ${ROUNDS} moments, leaves nothing that cannot be mended`, async () => {
    const random = seeded(4_711 + index);
    for (let round = 0; round < ROUNDS; round++) {
      await killPodVerb(engine, verb, random);
      await engine.expectClean();
    }
  });
}

const SHARED = ["ipc", "net", "pid", "uts"] as const;
/** Every choice among the namespaces that need nothing else, and what has a condition of its own. */
const CHOICES: readonly (readonly [string, readonly string[]])[] = [
  ...Array.from({ length: 2 ** SHARED.length }, (_, bits): readonly [string, readonly string[]] => {
    const kinds = SHARED.filter((_kind, index) => (bits & (1 << index)) !== 0);
    return [kinds.length === 0 ? "none" : kinds.join(","), []];
  }),
  ["cgroup", ["--share-parent=false"]],
  ["+cgroup,pid", ["--share-parent=false"]],
  ["user", ["--userns", "auto"]],
  ["+user", ["--userns", "auto"]],
  ["ipc,net,pid,user,uts", ["--userns", "auto"]],
];

const namespacesOf = async (name: string): Promise<Record<string, string>> => {
  const pid = await engine.ok(["inspect", "-f", "{{.State.Pid}}", name]);
  return Object.fromEntries(
    ["cgroup", ...SHARED, "user"].map((kind) => [kind, readlinkSync(`/proc/${pid}/ns/${kind}`)]),
  );
};

test.each(CHOICES)("--share %s shares exactly that: between members, and with nobody else", async (share, options) => {
  await engine.ok(["pod", "create", "--share", share, ...options, "p"]);
  for (const name of ["a", "b"]) await engine.ok(["run", "-d", "--pod", "p", "--name", name, IMAGE, "sleep", "1000"]);
  const words = share
    .replace("+", "")
    .split(",")
    .filter((kind) => kind !== "none");
  const wanted = new Set([...words, ...(share.startsWith("+") ? ["ipc", "net", "uts"] : [])]);
  const [a, b] = [await namespacesOf("a"), await namespacesOf("b")];
  for (const kind of SHARED) {
    expect([kind, a[kind] === b[kind]]).toEqual([kind, wanted.has(kind)]);
    expect(a[kind]).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
  }
  for (const kind of ["cgroup", "user"] as const) {
    if (!wanted.has(kind)) continue;
    expect([kind, a[kind] === b[kind]]).toEqual([kind, true]);
    expect(a[kind]).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
  }
  await engine.ok(["pod", "rm", "-f", "-t", "0", "p"]);
});
