// What processes of a container have: capabilities, filter, namespaces, mounts, masks, descriptors, as a probe in the container sees them.
// Each way in must be as hard as the golden file of its kind says, with both runtimes. After a change that is meant:
// ESTIBA_GOLDEN=write bun test ./test/faults/hardening.test.ts, and a look at the difference.
import { describe, expect, test } from "bun:test";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCgroupSetup } from "../../src/host/cgroup-mode.ts";
import { readProcStatus } from "../../src/host/proc-status.ts";
import { testRuntimes, useEngine } from "../fixtures/engine.ts";
import { probeProgram } from "../fixtures/seccomp-probe.ts";

const CALLS: readonly (readonly bigint[])[] = [
  [41n, 38n, 5n, 0n], // socket(AF_ALG)
  [41n, 40n, 1n, 0n], // socket(AF_VSOCK)
  [425n, 1n, 0n], // io_uring_setup
  [250n, 0n, 0xffff_fffdn, 0n], // keyctl
  [323n, 1n], // userfaultfd
  [321n, 0n, 0n, 0n], // bpf
  [272n, 0x1000_0000n], // unshare(CLONE_NEWUSER)
  [304n, 0n, 0n, 0n], // open_by_handle_at
  [435n, 0n, 0n], // clone3
];
const PROBE = readFileSync(join(import.meta.dir, "../fixtures/hardening-probe.sh"), "utf8");
const engine = useEngine({
  images: [{ name: "probe:1", files: { "probe.sh": PROBE, "bin/calls": probeProgram(CALLS) } }],
});
const HOST = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"].map((name) => readlinkSync(`/proc/self/ns/${name}`));

const MODES: readonly (readonly [string, readonly string[]])[] = [
  ["default", []],
  ["user", ["--user", "1000"]],
  ["read-only", ["--read-only"]],
  ["userns", ["--userns", "auto:size=65536"]],
  ["privileged", ["--privileged"]],
];

/** What differs between hosts and between runtimes, and is no matter of hardness, put aside. */
function normalized(mode: string, text: string): string {
  const bound = readProcStatus().capBounding.toString(16).padStart(16, "0");
  const lines = text
    .trim()
    .split("\n")
    .map((line) => line.trimEnd().replace(bound, "all that the engine has").replace("devices: core ", "devices: "))
    // Files of ours and devices of the host lie on file systems of the host; crun takes the flags away in a user namespace.
    .map((line) =>
      line.replace(HOST_FILE, (_, target: string, flags: string) => `${target}${mode === "userns" ? "" : flags}`),
    )
    // Where the host has cgroup v2, and where its kernel has a mask's path.
    .filter((line) => !/^mount \/(sys\/fs\/cgroup|proc\/|sys\/(firmware|dev|devices))/.test(line))
    .map((line) => (readCgroupSetup().mode === "v2" ? line.replace("cgroup: its own", "cgroup: the host's") : line));
  const kept =
    mode === "privileged"
      ? lines.filter((line) => !/^(shown|(not )?writable) \/(proc|sys)|^hidden|^system calls/.test(line))
      : lines;
  return `${kept.join("\n")}\n`;
}

const HOST_FILE = /^(mount \/(?:etc|run|dev)\/(?:\.?[a-z]+|resolv\.conf): )(?:ext4|xfs|btrfs|devtmpfs)(.*)$/;

function expectGolden(mode: string, way: string, text: string): void {
  const path = join(import.meta.dir, "hardening", `${mode}-${way}.txt`);
  const found = normalized(mode, text);
  if (process.env["ESTIBA_GOLDEN"] === "write") writeFileSync(path, found);
  expect(found).toBe(readFileSync(path, "utf8"));
}

for (const { name: runtime, why } of testRuntimes()) {
  describe.skipIf(why !== undefined || process.arch !== "x64")(
    `with ${runtime}${why === undefined ? "" : `, skipped: ${why}`}`,
    () => {
      test.each(MODES)("run, exec and health check are as hard as the golden files say: %s", async (mode, options) => {
        const words = ["--env", `HOST_NAMESPACES=${HOST.join(" ")}`, "--hostname", "probe", ...options];
        const first = ["--runtime", runtime, "run", ...words];
        expectGolden(mode, "run", await engine.ok([...first, "--rm", "probe:1", "sh", "/probe.sh"]));
        const health = ["--health-cmd", "sh /probe.sh", "--health-interval", "disable", "--health-max-log-size", "0"];
        await engine.ok([...first, "-d", "--name", "box", ...health, "probe:1", "sleep", "1000"]);
        expectGolden(mode, "exec", await engine.ok(["exec", "box", "sh", "/probe.sh"]));
        await engine.ok(["healthcheck", "run", "box"]);
        const log = await engine.ok(["inspect", "--format", "{{json .State.Health.Log}}", "box"]);
        const [{ Output: output = "" } = {}] = JSON.parse(log) as { Output?: string }[];
        expectGolden(mode, "health", output);
        await engine.ok(["rm", "-f", "-t", "0", "box"]);
      });
    },
  );
}
