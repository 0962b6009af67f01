// What a container has in it, or does, while the engine works on it: programs with the names of helpers, labels with the names of options,
// folders that become links under the engine's hands.
import { beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { cgroupHierarchies, processesBelow } from "../../src/host/cgroup-folders.ts";
import { rootId } from "../../src/network/root-id.ts";
import { makeOutside } from "../fixtures/contain.ts";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { type HostileParts, makeHostileImage } from "../fixtures/hostile-image.ts";
import { archive, type RawEntry } from "../fixtures/make-tar.ts";
import { listTree } from "../fixtures/tree-listing.ts";

const engine = useEngine();
const outside = engine.path("outside");
const CANARY = "the host's own words";

beforeAll(() => makeOutside(outside));

async function loadEvil(parts: HostileParts): Promise<void> {
  const base = engine.images.get(IMAGE);
  if (base === undefined) throw new Error("the base image is not there");
  const layout = engine.path("evil");
  rmSync(layout, { recursive: true, force: true });
  makeHostileImage(base, layout, parts);
  await engine.ok(["load", "-q", "-i", layout]);
}

// CVE-2026-41567, CVE-2022-1227, CVE-2019-14271
test("programs and libraries of an image that are named like helpers are not run by the host", async () => {
  const marker = `${outside}/marker`;
  const program = (name: string): RawEntry => ({ name, mode: 0o755, data: `#!/bin/busybox sh\necho run >${marker}\n` });
  const helpers = "ps tar gzip gunzip unpigz xz unxz zstd bzip2 nsenter setpriv env mount cat find cp".split(" ");
  await loadEvil({
    entries: [
      ...helpers.flatMap((name) => [program(`usr/bin/${name}`), program(`usr/local/sbin/${name}`)]),
      ...["files", "dns", "compat"].map((name) => program(`lib/x86_64-linux-gnu/libnss_${name}.so.2`)),
      { name: "etc/nsswitch.conf", data: "passwd: compat\nhosts: dns\n" },
      { name: "etc/ld.so.preload", data: "/lib/x86_64-linux-gnu/libnss_files.so.2\n" },
    ],
  });
  await engine.ok(["run", "-d", "--name", "box", "evil:1", "/bin/busybox", "sleep", "1000"]);
  const plain = archive({ name: "sent", data: "x" });
  for (const packed of [plain, gzipSync(plain), zstdCompressSync(plain)])
    await engine.ok(["cp", "-", "box:/root"], { stdin: new Uint8Array(packed) });
  await engine.ok(["cp", "box:/root/sent", engine.path("taken")]);
  await engine.ok(["top", "box"]);
  await engine.ok(["top", "box", "-o", "pid"]);
  await engine.ok(["export", "-o", engine.path("exported"), "box"]);
  await engine.ok(["commit", "-q", "box", "evil-copy:1"]);
  await engine.ok(["diff", "box"]);
  await engine.ok(["stats", "--no-stream", "box"]);
  await engine.ok(["rm", "-f", "box"]);
  await engine.ok(["rmi", "evil-copy:1", "evil:1"]);
  expect(existsSync(marker)).toBe(false);
});

// CVE-2026-53488, CVE-2026-53492: an image's words are no options of the runtime's.
test("labels of an image become neither annotations nor devices nor mounts", async () => {
  const labels = Object.fromEntries(
    [
      "run.oci.seccomp_bpf_data",
      "run.oci.hooks.stdout",
      "run.oci.handler",
      "run.oci.mount_context_type",
      "io.podman.annotations.privileged",
      "io.podman.annotations.seccomp",
      "org.systemd.property.DeviceAllow",
      "cdi.k8s.io/devices",
      "org.opencontainers.image.stopSignal",
    ].map((name) => [name, "evil-value"]),
  );
  await loadEvil({ config: { Labels: labels } });
  const id = await engine.ok(["run", "-d", "evil:1", "sleep", "1000"]);
  expect(readFileSync(`${engine.runRoot}/containers/${id}/config.json`, "utf8")).not.toContain("evil-value");
  expect(await engine.ok(["inspect", "--format", "{{len .Config.Labels}}", id])).toBe(
    String(Object.keys(labels).length),
  );
});

// CVE-2021-3602, CVE-2020-14370, CVE-2020-15257, CVE-2021-41103
test("nothing of the caller's environment is in a container or beside it, and no socket or folder of the engine is open to others", async () => {
  const env = { HOST_SECRET: "known to the caller alone" };
  const health = ["--health-cmd", "env", "--health-interval", "disable"];
  const id = await engine.ok(["run", "-d", "--network", "host", ...health, IMAGE, "sleep", "1000"], { env });
  await engine.ok(["healthcheck", "run", id], { env });
  const seen = [
    await engine.ok(["exec", id, "sh", "-c", "env; cat /proc/1/environ"], { env }),
    await engine.ok(["inspect", id], { env }),
  ];
  const group = cgroupHierarchies().flatMap((root) => processesBelow(`${root}/estiba-${rootId(engine.runRoot)}`));
  for (const pid of group)
    for (const file of ["environ", "cmdline"]) seen.push(readFileSync(`/proc/${pid}/${file}`, "utf8"));
  expect(seen.filter((text) => text.includes("HOST_SECRET") || text.includes(env.HOST_SECRET))).toEqual([]);
  expect(await engine.ok(["exec", id, "sh", "-c", "grep -c '@.*\\(estiba\\|conmon\\)' /proc/net/unix || true"])).toBe(
    "0",
  );
  for (const folder of [engine.root, engine.runRoot]) {
    const { code } = await runCommand(["setpriv", "--reuid=65534", "--clear-groups", "ls", folder]);
    expect([folder, code]).toEqual([folder, 2]);
  }
});

const FLIP =
  "while :; do mkdir /v/d; ln -s OUTSIDE/dir /v/l; mv -T /v/l /v/d 2>/dev/null || { rmdir /v/d; mv /v/l /v/d; }; rm -rf /v/d /v/l; done";

// CVE-2023-0778, CVE-2021-30465, CVE-2024-45310, CVE-2020-1726
test("folders of a volume that become links while it is exported, mounted into and copied lead nowhere", async () => {
  const before = listTree(outside);
  await engine.ok([
    "run",
    "-d",
    "--name",
    "flipper",
    "-v",
    "shared:/v",
    IMAGE,
    "sh",
    "-c",
    FLIP.replace("OUTSIDE", outside),
  ]);
  for (let round = 0; round < 8; round++) {
    const exported = await engine.run(["volume", "export", "shared"]);
    expect(exported.stdout).not.toContain(CANARY);
    const script = "cat /v/d/canary /v/d/sub/canary 2>/dev/null; echo fine";
    const mounts = ["-v", "shared:/v", "-v", "other:/v/d/sub", "--tmpfs", "/v/d/tmp"];
    const result = await engine.run(["run", "--rm", ...mounts, IMAGE, "sh", "-c", script]);
    expect(result.stdout + result.stderr).not.toContain(CANARY);
    const copied = await engine.run(["cp", "flipper:/v/d", engine.path(`copied-${round}`)]);
    expect(copied.stderr).not.toContain(CANARY);
    const copy = engine.path(`copied-${round}`);
    if (existsSync(`${copy}/canary`)) throw new Error("the host's file was copied");
    await engine.run(["cp", engine.path("layouts"), "flipper:/v/d"]);
  }
  expect(listTree(outside)).toEqual(before);
  expect(readdirSync(outside).toSorted()).toEqual(["canary", "dir", "group", "passwd"]);
});

// CVE-2024-21626: no descriptor of the engine's is in a container, whatever the working folder.
test("a working folder that is a descriptor leads nowhere, in run and in exec", async () => {
  await engine.ok(["run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);
  const escape = `cat ../../../../../../..${outside}/canary; ls /proc/self/fd | tr '\\n' ' '`;
  for (const fd of [3, 5, 7, 8, 9]) {
    const folder = ["-w", `/proc/self/fd/${fd}`];
    for (const words of [
      ["run", "--rm", ...folder, IMAGE],
      ["exec", ...folder, "box"],
    ]) {
      const { stdout, stderr } = await engine.run([...words, "sh", "-c", escape]);
      expect(stdout + stderr).not.toContain(CANARY);
    }
  }
});

// CVE-2026-30892
test("exec -u is exactly who was asked for", async () => {
  await engine.ok(["run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);
  for (const [wanted, found] of [
    ["1", "1:1"],
    ["77", "77:0"],
    ["1:1", "1:1"],
    ["daemon", "1:1"],
    ["user:daemon", "1000:1"],
    ["1000:2000", "1000:2000"],
    ["0:5", "0:5"],
  ])
    expect([
      wanted,
      await engine.ok(["exec", "-u", wanted ?? "", "box", "sh", "-c", "echo $(id -u):$(id -g)"]),
    ]).toEqual([wanted, found]);
});
