import { expect, test } from "bun:test";
import { isEstibaError } from "../../lib/error.ts";
import { checkVolumeOptions, hasDevice, mountWords, ownerOf } from "./options.ts";

test("options become the words of mount(8), a folder has none", () => {
  const words = (options: Record<string, string>) => mountWords({ options });
  expect(words({ type: "tmpfs", o: "size=1m,noquota" })).toEqual(["-t", "tmpfs", "-o", "size=1m", "--", "tmpfs"]);
  expect(words({ type: "bind", device: "/a" })).toEqual(["-o", "bind", "--", "/a"]);
  expect(words({ type: "none", o: "bind,ro", device: "-x" })).toEqual(["-t", "none", "-o", "bind,ro", "--", "-x"]);
  expect(words({ device: "/dev/sdb1" })).toEqual(["--", "/dev/sdb1"]);
  expect(words({ o: "uid=1,gid=2" })).toBeUndefined();
  expect(mountWords(undefined)).toBeUndefined();
});

test("Docker's way to name an NFS server becomes that of mount.nfs", () => {
  const words = (o: string, device: string) => mountWords({ options: { type: "nfs", o, device } });
  expect(words("addr=10.0.0.5,rw", ":/x")).toEqual(["-t", "nfs", "-o", "rw", "--", "10.0.0.5:/x"]);
  expect(words("addr=fd00::1", ":/x")).toEqual(["-t", "nfs", "--", "[fd00::1]:/x"]);
  expect(words("rw", "server:/x")).toEqual(["-t", "nfs", "-o", "rw", "--", "server:/x"]);
});

test("an owner is for folders; where something is mounted, the ids are its own options", () => {
  expect(ownerOf({ options: { o: "uid=5" } })).toEqual({ uid: 5, gid: 0 });
  expect(ownerOf({ options: { type: "tmpfs", o: "uid=5" } })).toBeUndefined();
  expect(hasDevice({ options: { o: "uid=5" } })).toBe(false);
});

test("what can only be ignored is refused", () => {
  for (const options of [
    { foo: "x" },
    { o: "gid=4294967295" },
    { o: "size=1m" },
    { o: "ro" },
    { type: "tmpfs", o: "size=much" },
  ]) {
    let thrown: unknown;
    try {
      checkVolumeOptions(options);
    } catch (error) {
      thrown = error;
    }
    expect([options, isEstibaError(thrown, "invalid", "unsupported")]).toEqual([options, true]);
  }
  checkVolumeOptions({ type: "tmpfs", o: "size=50%" });
});
