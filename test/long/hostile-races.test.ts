// What has to be tried often: archives of every kind that climb out, and links that a container swaps under the engine's hands.
import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { makeOutside } from "../fixtures/contain.ts";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { makeHostileImage } from "../fixtures/hostile-image.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { LayerRoot } from "../fixtures/layer-root.ts";
import { randomTar } from "../fixtures/random-tar.ts";
import { listTree } from "../fixtures/tree-listing.ts";

const engine = useEngine();
const outside = engine.path("outside");
const CANARY = "the host's own words";
const LAYERS = 20_000;
const COPIES = 1_000;
const STARTS = 500;
const TERMINALS = 200;
const untouched: { tree: string[] } = { tree: [] };

beforeAll(() => {
  makeOutside(outside);
  untouched.tree = listTree(outside);
});
afterEach(() => expect(listTree(outside)).toEqual(untouched.tree));

// CVE-2026-17106 and its like.
test(`${LAYERS} layers of random hostile entries write nothing outside, and one that is refused leaves nothing`, async () => {
  const random = seeded(1_789);
  using root = new LayerRoot();
  const outcomes = { accepted: 0, refused: 0 };
  mkdirSync(root.paths.layers, { recursive: true });
  for (let count = 0; count < LAYERS; count++) {
    const before = readdirSync(root.paths.layers).length;
    const outcome = await root.refusal(randomTar(random, outside));
    expect(outcome).not.toContain("not recorded");
    const isIn = outcome === "accepted";
    outcomes[isIn ? "accepted" : "refused"]++;
    const added = readdirSync(root.paths.layers).length - before;
    // Two archives may be the same.
    expect({ count, outcome, added }).toEqual({ count, outcome, added: isIn ? added : 0 });
    if (count % 100 === 0) expect(listTree(outside)).toEqual(untouched.tree);
  }
  expect(Math.min(outcomes.accepted, outcomes.refused)).toBeGreaterThan(LAYERS / 100);
  recordFigure("layers of random hostile entries", `${LAYERS}, nothing written outside`);
});

test("the same archives reach nothing by cp, by import, as a volume, and in a build", async () => {
  const random = seeded(1_871);
  await engine.detached(["--name", "box"], "sleep", "1000");
  const context = engine.path("context");
  mkdirSync(context);
  writeFileSync(`${context}/Containerfile`, `FROM ${IMAGE}\nADD evil.tar /evil/\n`);
  for (let round = 0; round < 100; round++) {
    const stdin = randomTar(random, outside);
    writeFileSync(`${context}/evil.tar`, stdin);
    const results = [
      await engine.run(["cp", "-", "box:/root"], { stdin }),
      await engine.run(["import", "-q", "-", "imported:1"], { stdin }),
      await engine.run(["volume", "create", "vol"]),
      await engine.run(["volume", "import", "vol", "-"], { stdin }),
      await engine.run(["build", "-q", "-t", "built:1", context]),
    ];
    for (const { code, stdout, stderr } of results) {
      expect([0, 125]).toContain(code);
      expect(stdout + stderr).not.toContain(CANARY);
      if (code !== 0) expect(stderr).toMatch(/^Error: /m);
    }
    expect([round, listTree(outside)]).toEqual([round, untouched.tree]);
    await engine.ok(["volume", "rm", "vol"]);
  }
  await engine.ok(["rmi", "-f", "--ignore", "imported:1", "built:1"]);
  await engine.ok(["image", "prune", "-f"]);
  await engine.ok(["builder", "prune", "-f", "--all"]);
});

const FLIP =
  "while :; do mkdir /v/d; ln -s OUTSIDE/dir /v/l; mv -T /v/l /v/d 2>/dev/null || { rmdir /v/d; mv /v/l /v/d; }; rm -rf /v/d /v/l; done";

/** Exchanges two names of a container's root in one step, as fast as it goes. */
const EXCHANGE = `
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
one, two = sys.argv[1].encode(), sys.argv[2].encode()
print("on", flush=True)
while True: libc.renameat2(-100, one, -100, two, 2)
`;

for (const { name: runtime, why } of testRuntimes()) {
  describe.skipIf(why !== undefined)(`with ${runtime}${why === undefined ? "" : `, skipped: ${why}`}`, () => {
    const first = ["--runtime", runtime, "run"];

    // CVE-2021-30465, CVE-2024-45310
    test(`${STARTS} starts that mount below a folder which becomes a link lead nowhere`, async () => {
      const script = FLIP.replace("OUTSIDE", outside);
      await engine.ok([...first, "-d", "--name", "flipper", "-v", "shared:/v", IMAGE, "sh", "-c", script]);
      const mounts = ["-v", "shared:/v", "-v", "other:/v/d/sub", "--tmpfs", "/v/d/tmp"];
      const look = "cat /v/d/canary /v/d/sub/canary /v/d/tmp/canary 2>/dev/null; echo fine";
      const waiting = Array.from({ length: STARTS }, (_, index) => index).values();
      const worker = async (): Promise<void> => {
        for (const _ of waiting) {
          const { stdout, stderr } = await engine.run([...first, "--rm", ...mounts, IMAGE, "sh", "-c", look]);
          expect(stdout + stderr).not.toContain(CANARY);
        }
      };
      await Promise.all([worker(), worker()]);
      await engine.ok(["rm", "-f", "flipper"]);
      await engine.ok(["volume", "rm", "shared", "other"]);
      recordFigure(`starts below folders that become links, with ${runtime}`, `${STARTS}, nothing of the host seen`);
    });

    // CVE-2025-52565, CVE-2025-31133
    test(`${TERMINALS} terminals of an image whose /dev is full of links lead nowhere`, async () => {
      const base = engine.images.get(IMAGE);
      if (base === undefined) throw new Error("the base image is not there");
      const layout = engine.path("evil");
      rmSync(layout, { recursive: true, force: true });
      const names = ["console", "null", "tty", "ptmx", "pts/0", "pts/1", "full", "zero", "urandom"];
      makeHostileImage(base, layout, {
        entries: names.map((name) => ({ name: `dev/${name}`, type: "2", link: `${outside}/canary` })),
      });
      await engine.ok(["load", "-q", "-i", layout]);
      const script = "echo x >/dev/null; echo x >/dev/pts/0; cat /proc/kcore 2>/dev/null | head -c 1; echo fine";
      for (let count = 0; count < TERMINALS; count++) {
        const { code, stdout } = await engine.run([...first, "--rm", "-t", "evil:1", "sh", "-c", script]);
        expect({ code, stdout: stdout.replaceAll("\r", "") }).toEqual({ code: 0, stdout: "x\nfine\n" });
      }
      await engine.ok(["rmi", "evil:1"]);
    });

    // CVE-2018-15664, CVE-2019-10152, CVE-2026-41568, CVE-2026-42306
    test(`${COPIES} copies in and out while a folder and a link change places lead nowhere`, async () => {
      const id = await engine.ok([...first, "-d", "--name", "box", "-v", "vol:/v", IMAGE, "sleep", "1000"]);
      await engine.ok([
        "exec",
        "box",
        "sh",
        "-c",
        `mkdir -p /way /v/way; ln -s ${outside}/dir /l; ln -s ${outside} /v/l`,
      ]);
      const init = await engine.ok(["inspect", "--format", "{{.State.Pid}}", id]);
      const flippers = ["", "/v"].map((folder) => {
        const names = [`/proc/${init}/root${folder}/way`, `/proc/${init}/root${folder}/l`];
        return Bun.spawn(["python3", "-c", EXCHANGE, ...names], { stdio: ["ignore", "pipe", "inherit"] });
      });
      try {
        for (const { stdout } of flippers) await stdout.getReader().read();
        writeFileSync(engine.path("bait"), "bait");
        for (let count = 0; count < COPIES / 4; count++) {
          const taken = engine.path("taken");
          const copies = [
            ["cp", engine.path("bait"), "box:/way/bait"],
            ["cp", "box:/way/.", taken],
            ["cp", engine.path("bait"), "box:/v/way/dir/bait"],
            ["cp", "box:/v/way/dir/.", taken],
          ];
          for (const words of copies) expect((await engine.run(words)).stderr).not.toContain(CANARY);
          expect(existsSync(`${taken}/canary`)).toBe(false);
          rmSync(taken, { recursive: true, force: true });
        }
      } finally {
        for (const flipper of flippers) flipper.kill("SIGKILL");
        await Promise.all(flippers.map(({ exited }) => exited));
      }
      await eventually(
        () => engine.run(["rm", "-f", "box"]),
        ({ code }) => code === 0,
      );
      await engine.ok(["volume", "rm", "vol"]);
      recordFigure(`copies while folders and links change places, with ${runtime}`, `${COPIES}, nothing of the host`);
    });

    // CVE-2024-21626
    test("a working folder that is any descriptor up to 64 leads nowhere, in run and in exec", async () => {
      await engine.ok([...first, "-d", "--name", "box", IMAGE, "sleep", "1000"]);
      const escape = `cat ../../../../../../..${outside}/canary 2>/dev/null; echo fine`;
      for (let fd = 3; fd <= 64; fd++) {
        const folder = ["-w", `/proc/self/fd/${fd}`];
        for (const words of [
          [...first, "--rm", ...folder, IMAGE],
          ["exec", ...folder, "box"],
        ]) {
          const { stdout, stderr } = await engine.run([...words, "sh", "-c", escape]);
          expect(stdout + stderr).not.toContain(CANARY);
        }
      }
    });
  });
}
