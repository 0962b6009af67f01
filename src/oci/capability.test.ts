import { expect, test } from "bun:test";
import { EstibaError } from "../lib/error.ts";
import { capabilitiesOfMask, maskOfCapabilities, parseCapability, resolveCapabilities } from "./capability.ts";

const EVERYTHING = 0x1ffffffffffn;
const WITHOUT_SYS_RESOURCE = 0x1fffeffffffn;
const plain = { add: [], drop: [], privileged: false, bounding: EVERYTHING, root: true };

function failure(run: () => unknown): EstibaError {
  try {
    run();
  } catch (error) {
    if (error instanceof EstibaError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a container without options has CapEff 00000000800405fb, and nothing inheritable or ambient", () => {
  const sets = resolveCapabilities(plain);
  expect(maskOfCapabilities(sets.effective)).toBe(0x800405fbn);
  expect(maskOfCapabilities(sets.permitted)).toBe(0x800405fbn);
  expect(maskOfCapabilities(sets.bounding)).toBe(0x800405fbn);
  expect([sets.inheritable, sets.ambient]).toEqual([[], []]);
});

test("names are taken with or without CAP_, in any case, separated by commas too", () => {
  expect(parseCapability("net_admin")).toBe("CAP_NET_ADMIN");
  expect(parseCapability("CAP_NET_ADMIN")).toBe("CAP_NET_ADMIN");
  const { bounding } = resolveCapabilities({ ...plain, drop: ["all"], add: ["net_admin,cap_Chown"] });
  expect(bounding).toEqual(["CAP_CHOWN", "CAP_NET_ADMIN"]);
});

test("ALL added is the engine's own bounding set, less what is dropped", () => {
  const { bounding } = resolveCapabilities({ ...plain, add: ["ALL"], drop: ["MKNOD"], bounding: WITHOUT_SYS_RESOURCE });
  expect(bounding).toHaveLength(39);
  expect(bounding).not.toContain("CAP_MKNOD");
  expect(bounding).not.toContain("CAP_SYS_RESOURCE");
});

test("ALL dropped leaves nothing but what is added", () => {
  expect(resolveCapabilities({ ...plain, drop: ["ALL"] }).bounding).toEqual([]);
  expect(resolveCapabilities({ ...plain, drop: ["ALL"], add: ["KILL"] }).effective).toEqual(["CAP_KILL"]);
});

test("a privileged container has the whole bounding set of the engine", () => {
  const { effective } = resolveCapabilities({ ...plain, privileged: true, bounding: WITHOUT_SYS_RESOURCE });
  expect(maskOfCapabilities(effective)).toBe(WITHOUT_SYS_RESOURCE);
});

test("defaults that the engine itself lacks are left out without an error", () => {
  expect(resolveCapabilities({ ...plain, bounding: 0x1n }).bounding).toEqual(["CAP_CHOWN"]);
});

test("a process that is not root has no capability but what was added, which it keeps over execve", () => {
  const without = resolveCapabilities({ ...plain, root: false });
  expect(maskOfCapabilities(without.bounding)).toBe(0x800405fbn);
  expect([without.effective, without.permitted, without.inheritable, without.ambient]).toEqual([[], [], [], []]);
  const added = resolveCapabilities({ ...plain, root: false, add: ["NET_RAW"] });
  for (const set of ["effective", "permitted", "inheritable", "ambient"] as const)
    expect(added[set]).toEqual(["CAP_NET_RAW"]);
});

test("an unknown capability is refused with the nearest name", () => {
  const error = failure(() => resolveCapabilities({ ...plain, add: ["NET_ADMN"] }));
  expect(error.code).toBe("invalid");
  expect(error.message).toBe('unknown capability "NET_ADMN"');
  expect(error.fix).toBe("did you mean CAP_NET_ADMIN?");
});

test("a capability both added and dropped is refused", () => {
  expect(failure(() => resolveCapabilities({ ...plain, add: ["KILL"], drop: ["kill"] })).reason).toBe(
    "capability.contradiction",
  );
  expect(failure(() => resolveCapabilities({ ...plain, add: ["all"], drop: ["ALL"] })).reason).toBe(
    "capability.contradiction",
  );
});

test("a capability added by name that the engine does not hold is refused, not left out", () => {
  const error = failure(() => resolveCapabilities({ ...plain, add: ["SYS_RESOURCE"], bounding: WITHOUT_SYS_RESOURCE }));
  expect([error.code, error.reason]).toEqual(["denied", "capability.unavailable"]);
});

test("bits of a newer kernel that have no name here are left out", () => {
  expect(capabilitiesOfMask(0xffff_ffff_ffff_ffffn)).toHaveLength(41);
});
