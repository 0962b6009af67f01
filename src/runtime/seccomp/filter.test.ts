import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLibseccomp } from "../../host/libseccomp.ts";
import { DEFAULT_CAPABILITIES } from "../../oci/capability.ts";
import type { SpecSeccomp } from "../../oci/runtime-spec.ts";
import { compile } from "./compile.ts";
import { DEFAULT_PROFILE_DIGEST } from "./default-digest.ts";
import { compileSeccomp, defaultSeccompFilter } from "./filter.ts";
import { defaultProfile } from "./profile.ts";
import { resolveProfile } from "./resolve-profile.ts";

// Processes and many rounds: a busy machine takes long over them.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "estiba-seccomp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AUDIT = { x86_64: 0xc000003e, i386: 0x40000003 };
const X32 = 0x40000000;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const library = openLibseccomp();

/** What the kernel would answer: classic BPF over struct seccomp_data, the instructions that libseccomp emits. */
function answer(program: Buffer, architecture: number, number: number, args: readonly bigint[] = []): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(value, 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const code = program.readUInt16LE(at * 8);
    const k = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): void => {
      at += program.readUInt8(at * 8 + (holds ? 2 : 3));
    };
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x05) at += k;
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x25) jump(accumulator > k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x45) jump((accumulator & k) !== 0);
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x06) return k;
    else throw new Error(`instruction 0x${code.toString(16)}`);
  }
}

function filterOf(spec: SpecSeccomp): Buffer {
  if (library === undefined) throw new Error("libseccomp2 is not installed");
  return compile(library, spec);
}

function defaultFilter(capabilities: readonly string[] = DEFAULT_CAPABILITIES, architecture = "amd64"): Buffer {
  return filterOf(resolveProfile(defaultProfile(), capabilities, architecture));
}

test("the digest under which default filters are cached is the profile's", () => {
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify(defaultProfile())).digest("hex");
  expect(DEFAULT_PROFILE_DIGEST).toBe(digest);
});

test("no architecture reaches AF_ALG or AF_VSOCK, not even with bits that the kernel cuts off", () => {
  const program = defaultFilter();
  const makers = [
    [AUDIT.x86_64, 41],
    [AUDIT.x86_64, 53],
    [AUDIT.x86_64, X32 + 41],
    [AUDIT.i386, 359],
    [AUDIT.i386, 360],
  ] as const;
  for (const [architecture, number] of makers) {
    for (const family of [38n, 40n]) {
      expect(answer(program, architecture, number, [family])).toBe(EPERM);
      if (architecture === AUDIT.x86_64) {
        expect(answer(program, architecture, number, [0x1_0000_0000n + family])).toBe(EPERM);
      }
    }
    for (const family of [1n, 2n, 10n, 16n, 17n, 39n, 44n])
      expect(answer(program, architecture, number, [family])).toBe(ALLOW);
  }
});

test("socketcall, whose families no filter can see, is there only for images whose own architecture needs it", () => {
  const socketcall = 102;
  for (const call of [1n, 3n, 8n]) {
    expect(answer(defaultFilter(), AUDIT.i386, socketcall, [call])).toBe(ENOSYS);
    expect(answer(defaultFilter(DEFAULT_CAPABILITIES, "386"), AUDIT.i386, socketcall, [call])).toBe(ALLOW);
  }
});

test("calls newer than the profile answer ENOSYS, old ones that are not allowed EPERM", () => {
  const program = defaultFilter();
  for (const number of [600, X32 + 600, 0xffff_ffff]) expect(answer(program, AUDIT.x86_64, number)).toBe(ENOSYS);
  expect(answer(program, AUDIT.i386, 600)).toBe(ENOSYS);
  expect(answer(program, AUDIT.x86_64, 435)).toBe(ENOSYS);
  // io_uring_setup, keyctl, userfaultfd, bpf, mount, unshare, open_by_handle_at, perf_event_open
  for (const number of [425, 250, 323, 321, 165, 272, 304, 298]) {
    expect(answer(program, AUDIT.x86_64, number)).toBe(EPERM);
    expect(answer(program, AUDIT.x86_64, X32 + number)).toBe(EPERM);
  }
  for (const number of [0, 1, 59, 257, 449]) expect(answer(program, AUDIT.x86_64, number)).toBe(ALLOW);
});

test("clone makes threads and processes but no namespaces without CAP_SYS_ADMIN", () => {
  const clone = 56;
  const user = 0x10000000n;
  expect(answer(defaultFilter(), AUDIT.x86_64, clone, [0x3d0f00n])).toBe(ALLOW);
  expect(answer(defaultFilter(), AUDIT.x86_64, clone, [17n + user])).toBe(EPERM);
  expect(answer(defaultFilter(["CAP_SYS_ADMIN"]), AUDIT.x86_64, clone, [17n + user])).toBe(ALLOW);
});

test("each capability opens the calls that are its own, and no others", () => {
  const opened: [string, number][] = [
    ["CAP_SYS_ADMIN", 165],
    ["CAP_BPF", 321],
    ["CAP_PERFMON", 298],
    ["CAP_SYS_CHROOT", 161],
    ["CAP_DAC_READ_SEARCH", 304],
    ["CAP_SYS_MODULE", 313],
    ["CAP_SYS_TIME", 227],
    ["CAP_SYS_BOOT", 169],
    ["CAP_SYS_PTRACE", 312],
  ];
  for (const [capability, number] of opened) {
    expect(answer(defaultFilter([capability]), AUDIT.x86_64, number)).toBe(ALLOW);
    expect(answer(defaultFilter([]), AUDIT.x86_64, number)).toBe(EPERM);
  }
}, 30_000);

test("a profile with several conditions on one argument takes each alone, as runc and crun do", () => {
  const program = filterOf({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [
      {
        names: ["socket"],
        action: "SCMP_ACT_ALLOW",
        args: [
          { index: 0, value: 1, op: "SCMP_CMP_EQ" },
          { index: 0, value: 2, op: "SCMP_CMP_EQ" },
        ],
      },
    ],
  });
  expect([1n, 2n, 3n].map((family) => answer(program, AUDIT.x86_64, 41, [family]))).toEqual([ALLOW, ALLOW, EPERM]);
});

test("an allowing profile has no ENOSYS stub, and unknown names are left out", () => {
  const program = filterOf({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["chmod", "no_such_call"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }],
  });
  expect(answer(program, AUDIT.x86_64, 90)).toBe(0x0005000d);
  expect(answer(program, AUDIT.x86_64, 600)).toBe(ALLOW);
});

test("a compiled filter is kept and read back, and one that is damaged is made anew", async () => {
  const cacheDir = join(folder, "kept");
  const options = { capabilities: DEFAULT_CAPABILITIES, architecture: "amd64", cacheDir };
  const first = await defaultSeccompFilter(options);
  expect(first).toBe(defaultFilter().toString("base64"));
  const [name = ""] = readdirSync(join(cacheDir, "seccomp"));
  const file = join(cacheDir, "seccomp", name);
  writeFileSync(file, "12345");
  expect(await defaultSeccompFilter(options)).toBe(first ?? "");
  expect(readFileSync(file, "utf8")).toBe(first ?? "");
  expect(readdirSync(join(cacheDir, "seccomp"))).toEqual([name]);
});

test("other capabilities, architectures and profiles have filters of their own", async () => {
  const cacheDir = join(folder, "several");
  await defaultSeccompFilter({ capabilities: [], architecture: "amd64", cacheDir });
  await defaultSeccompFilter({ capabilities: ["CAP_BPF"], architecture: "amd64", cacheDir });
  await defaultSeccompFilter({ capabilities: [], architecture: "386", cacheDir });
  await compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW" }, cacheDir);
  expect(readdirSync(join(cacheDir, "seccomp"))).toHaveLength(4);
});

test("a profile with a listener is left to the runtime", async () => {
  const spec: SpecSeccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mount"], action: "SCMP_ACT_NOTIFY" }],
  };
  expect(await compileSeccomp(spec, folder)).toBeUndefined();
});

test("a rule that libseccomp refuses is an invalid profile", () => {
  const spec: SpecSeccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_Z80"], syscalls: [] };
  expect(() => filterOf(spec)).toThrow('unknown architecture "SCMP_ARCH_Z80"');
});
