import { expect, test } from "bun:test";
import { parseCdiFile } from "./cdi-files.ts";

const file = (document: object, path = "/etc/cdi/x.json") => parseCdiFile(path, JSON.stringify(document), 0);
const GOOD = { cdiVersion: "0.5.0", kind: "vendor.com/dev" };

test("a CDI file gives its devices by name, in JSON or YAML", () => {
  const devices = [
    { name: "one", containerEdits: { env: ["A=1"], deviceNodes: [{ path: "/dev/x", permissions: "r" }] } },
  ];
  const { kind, devices: found } = file({ ...GOOD, devices });
  expect(kind).toBe("vendor.com/dev");
  expect(found.get("one")).toMatchObject({ env: ["A=1"], deviceNodes: [{ path: "/dev/x", hostPath: "/dev/x" }] });
  const yaml =
    "cdiVersion: 0.5.0\nkind: vendor.com/dev\ndevices:\n  - name: two\n    containerEdits:\n      env: [B=2]\n";
  expect([...parseCdiFile("/etc/cdi/x.yaml", yaml, 0).devices.keys()]).toEqual(["two"]);
});

test("what is not of the form is refused, naming file and field", () => {
  const edits = (containerEdits: object) => ({ ...GOOD, devices: [{ name: "one", containerEdits }] });
  for (const [document, words] of [
    [{ kind: "vendor.com/dev" }, "cdiVersion is missing"],
    [{ ...GOOD, kind: "vendor" }, "kind is not vendor/class"],
    [{ ...GOOD, devices: [{}] }, "a device has no name"],
    [edits({ intelRdt: {} }), "containerEdits.intelRdt is not supported"],
    [edits({ deviceNodes: [{ path: "dev/x" }] }), "deviceNodes.path is not an absolute path"],
    [edits({ mounts: [{ hostPath: "/a", containerPath: "/../b" }] }), "mounts.containerPath is not an absolute path"],
    [edits({ hooks: [{ hookName: "never", path: "/x" }] }), "hooks.hookName is not one of"],
    [edits({ additionalGids: [-1] }), "additionalGids holds what is no group id"],
  ] as const) {
    expect(() => file(document)).toThrow(words);
  }
});
