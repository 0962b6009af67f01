import { afterAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readProcStatus } from "../../src/host/proc-status.ts";
import { resolveCapabilities } from "../../src/oci/capability.ts";
import type { RuntimeSpec } from "../../src/oci/runtime-spec.ts";
import { defaultSeccompFilter, FAIL_CLOSED_SECCOMP, SECCOMP_BPF_ANNOTATION } from "../../src/runtime/seccomp/filter.ts";
import { defaultProfile } from "../../src/runtime/seccomp/profile.ts";
import { resolveProfile } from "../../src/runtime/seccomp/resolve-profile.ts";
import { probeProgram, probeResults } from "../fixtures/seccomp-probe.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-seccomp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EPERM = -1;
const ENOSYS = -38;

// name: the call's number and arguments (x86-64), and what the default profile answers
const REFUSED: readonly (readonly [string, readonly bigint[], number])[] = [
  ["socket(AF_ALG)", [41n, 38n, 5n, 0n], EPERM],
  ["socket(AF_ALG) with bits that the kernel cuts off", [41n, 0x1_0000_0026n, 5n, 0n], EPERM],
  ["socket(AF_VSOCK)", [41n, 40n, 1n, 0n], EPERM],
  ["socketpair(AF_ALG)", [53n, 38n, 5n, 0n, 0n], EPERM],
  ["io_uring_setup", [425n, 1n, 0n], EPERM],
  ["keyctl", [250n, 0n, 0xffff_fffdn, 0n], EPERM],
  ["userfaultfd", [323n, 1n], EPERM],
  ["bpf", [321n, 0n, 0n, 0n], EPERM],
  ["unshare(CLONE_NEWUSER)", [272n, 0x1000_0000n], EPERM],
  ["mount", [165n, 0n, 0n, 0n, 0n, 0n], EPERM],
  ["open_by_handle_at", [304n, 0n, 0n, 0n], EPERM],
  ["clone(CLONE_NEWUSER)", [56n, 0x1000_0011n, 0n, 0n, 0n, 0n], EPERM],
  ["clone3", [435n, 0n, 0n], ENOSYS],
  ["a call that no kernel has", [600n], ENOSYS],
];
// AF_UNIX: what must go on working; the descriptor's number is all that differs.
const ALLOWED = ["socket(AF_UNIX)", [41n, 1n, 1n, 0n]] as const;

const capabilities = resolveCapabilities({
  add: [],
  drop: [],
  privileged: false,
  bounding: readProcStatus().capBounding,
  root: true,
});
const profile = resolveProfile(defaultProfile(), capabilities.bounding, "amd64");

type Seccomp = Pick<RuntimeSpec, "annotations"> & { linuxSeccomp?: RuntimeSpec["linux"]["seccomp"] };

function makeBundle(seccomp: Seccomp, command = "/probe"): string {
  const bundle = join(folder, randomBytes(4).toString("hex"));
  // crun opens /dev in the root even without a mount there.
  for (const name of ["dev", "proc"]) mkdirSync(join(bundle, "rootfs", name), { recursive: true });
  const program = join(bundle, "rootfs", "probe");
  writeFileSync(program, probeProgram([...REFUSED.map(([, call]) => call), ALLOWED[1]]), { mode: 0o755 });
  // pause(2): a container that stays
  writeFileSync(join(bundle, "rootfs", "stay"), probeProgram([[34n]]), { mode: 0o755 });
  const spec: RuntimeSpec = {
    ociVersion: "1.0.2",
    process: { user: { uid: 0, gid: 0 }, args: [command], env: [], cwd: "/", capabilities },
    root: { path: "rootfs" },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    ...(seccomp.annotations === undefined ? {} : { annotations: seccomp.annotations }),
    linux: {
      namespaces: [{ type: "pid" }, { type: "mount" }, { type: "ipc" }, { type: "uts" }, { type: "network" }],
      ...(seccomp.linuxSeccomp === undefined ? {} : { seccomp: seccomp.linuxSeccomp }),
    },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
  return bundle;
}

function run(runtime: string, bundle: string): number[] {
  const root = `${bundle}.state`;
  const id = `estiba-seccomp-${randomBytes(4).toString("hex")}`;
  const result = Bun.spawnSync([runtime, "--root", root, "run", "--bundle", bundle, id]);
  if (result.exitCode !== 0) throw new Error(`${runtime} exited with ${result.exitCode}: ${result.stderr.toString()}`);
  return probeResults(result.stdout);
}

function exec(runtime: string, bundle: string): number[] {
  const root = `${bundle}.state`;
  const id = `estiba-seccomp-${randomBytes(4).toString("hex")}`;
  const started = Bun.spawnSync([runtime, "--root", root, "run", "--detach", "--bundle", bundle, id], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  expect(started.exitCode).toBe(0);
  try {
    return probeResults(Bun.spawnSync([runtime, "--root", root, "exec", id, "/probe"]).stdout);
  } finally {
    Bun.spawnSync([runtime, "--root", root, "delete", "--force", id]);
  }
}

function named(results: readonly number[]): Record<string, number | undefined> {
  return Object.fromEntries(REFUSED.map(([name], place) => [name, results[place]]));
}

const expected = Object.fromEntries(REFUSED.map(([name, , errno]) => [name, errno]));
const usable = (runtime: string): boolean =>
  Bun.which(runtime) !== null && process.getuid?.() === 0 && process.arch === "x64";

/** crun refuses hosts with hybrid cgroups; whether this is one is asked of it. Any other failure is for the tests to show. */
function crunRuns(): boolean {
  if (!usable("crun")) return false;
  const bundle = makeBundle({});
  const result = Bun.spawnSync(["crun", "--root", `${bundle}.state`, "run", "--bundle", bundle, "estiba-seccomp-crun"]);
  return !/cgroup/i.test(result.stderr.toString());
}

describe.skipIf(!crunRuns())("crun", () => {
  test("the compiled filter is in force in the container, given as an annotation without linux.seccomp", async () => {
    const filter = await defaultSeccompFilter({
      capabilities: capabilities.bounding,
      architecture: "amd64",
      cacheDir: join(folder, "cache"),
    });
    const results = run("crun", makeBundle({ annotations: { [SECCOMP_BPF_ANNOTATION]: filter ?? "" } }));
    expect(named(results)).toEqual(expected);
    expect(results.at(-1)).toBeGreaterThanOrEqual(0);
  });

  test("exec in a running container is under the same filter", async () => {
    const filter = await defaultSeccompFilter({
      capabilities: capabilities.bounding,
      architecture: "amd64",
      cacheDir: join(folder, "cache"),
    });
    const bundle = makeBundle({ annotations: { [SECCOMP_BPF_ANNOTATION]: filter ?? "" } }, "/stay");
    expect(named(exec("crun", bundle))).toEqual(expected);
  });

  test("the annotation wins over linux.seccomp, so that one which allows nothing can stand beside it for a crun too old to know it", async () => {
    const filter = await defaultSeccompFilter({
      capabilities: capabilities.bounding,
      architecture: "amd64",
      cacheDir: join(folder, "cache"),
    });
    const bundle = makeBundle({
      annotations: { [SECCOMP_BPF_ANNOTATION]: filter ?? "" },
      linuxSeccomp: FAIL_CLOSED_SECCOMP,
    });
    expect(named(run("crun", bundle))).toEqual(expected);
  });

  test("without the annotation, that one lets nothing run", () => {
    expect(() => run("crun", makeBundle({ linuxSeccomp: FAIL_CLOSED_SECCOMP }))).toThrow("exited with");
  });

  test("crun's own compilation of the resolved profile differs only in what no kernel has", () => {
    const results = run("crun", makeBundle({ linuxSeccomp: profile }));
    expect(named(results)).toEqual({ ...expected, "a call that no kernel has": EPERM });
  });
});

describe.skipIf(!usable("runc"))("runc", () => {
  test("the resolved profile gives the same answers as the compiled filter, the ENOSYS of unknown calls included", () => {
    const results = run("runc", makeBundle({ linuxSeccomp: profile }));
    expect(named(results)).toEqual(expected);
    expect(results.at(-1)).toBeGreaterThanOrEqual(0);
  });

  test("exec in a running container is under the same filter", () => {
    expect(named(exec("runc", makeBundle({ linuxSeccomp: profile }, "/stay")))).toEqual(expected);
  });

  test("without a profile the same program reaches the kernel: the probe itself is sound", () => {
    const results = named(run("runc", makeBundle({})));
    expect(results["socketpair(AF_ALG)"]).not.toBe(EPERM);
    expect(results["clone3"]).not.toBe(ENOSYS);
    expect(results["a call that no kernel has"]).toBe(ENOSYS);
  });
});
