import { expect, test } from "bun:test";
import { loadProfile, parseProfile } from "./load-profile.ts";
import { resolveProfile } from "./resolve-profile.ts";

const MINIMAL = '"defaultAction": "SCMP_ACT_ERRNO"';

test("a profile in Docker's format is read with its conditions", () => {
  const profile = parseProfile(
    `{${MINIMAL}, "defaultErrnoRet": 38, "comment": "x",
      "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
      "syscalls": [
        {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
        {"name": "mount", "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
        {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "99.0"}},
        {"names": ["kcmp"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES", "excludes": {"arches": ["arm64"]}},
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}
      ]}`,
    "p.json",
  );
  expect(resolveProfile(profile, ["CAP_CHOWN"], "amd64")).toEqual({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    syscalls: [
      { names: ["read", "write"], action: "SCMP_ACT_ALLOW" },
      { names: ["ptrace"], action: "SCMP_ACT_ALLOW" },
      { names: ["kcmp"], action: "SCMP_ACT_ERRNO", errnoRet: 13 },
      {
        names: ["clone"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      },
    ],
  });
  const onArm = resolveProfile(profile, ["CAP_SYS_ADMIN"], "arm64").syscalls ?? [];
  expect(onArm.map(({ names }) => names[0])).toEqual(["read", "mount", "ptrace", "clone"]);
});

test("what is wrong in a profile is named with its place in the file", () => {
  const failures: [string, string][] = [
    ["{\n}", "p.json:1:1: expected one of SCMP_ACT_ALLOW"],
    [`{\n${MINIMAL},\n"syscals": []}`, 'p.json:3:12: unknown key "syscals", did you mean "syscalls"?'],
    [`{${MINIMAL},\n"syscalls": [{"names": ["a"], "action": "ALLOW"}]}`, "p.json:2:41: expected one of SCMP_ACT_ALLOW"],
    [`{${MINIMAL},\n"syscalls": [{"names": "a"}]}`, "p.json:2:24: expected a list"],
    [
      `{${MINIMAL}, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ALLOW", "include": {}}]}`,
      'did you mean "includes"?',
    ],
    [
      `{${MINIMAL},\n"syscalls": [\n{"names": ["a"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMN"]}}]}`,
      'p.json:3:68: unknown capability "CAP_SYS_ADMN"',
    ],
    [
      `{${MINIMAL}, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`,
      "a system call has arguments 0 to 5, not 6",
    ],
    [`{${MINIMAL}, "defaultErrno": "ENOPE"}`, 'unknown errno "ENOPE"'],
    [`{${MINIMAL}`, 'p.json:1:35: expected "," or "}", found the end of the file'],
  ];
  for (const [text, message] of failures) expect(() => parseProfile(text, "p.json")).toThrow(message);
});

test("a profile that is not there is a not_found error that names the file", () => {
  expect(() => loadProfile("/nonexistent/p.json")).toThrow('seccomp profile "/nonexistent/p.json" cannot be read');
});
