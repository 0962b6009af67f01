import { expect, test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();

test("diff tells what a container added, changed and deleted, running and stopped, and not what mounts needed", async () => {
  const script =
    "rm -r /home/user; mkdir /home/user; touch /home/user/new; rm /etc/group; mkdir /a; echo x >/a/b; rm /root/.keep; exec sleep 1000";
  await estiba.ok([
    "run",
    "-d",
    "--name",
    "c",
    "-v",
    "data:/data/deep",
    "--tmpfs",
    "/scratch",
    "bb:1",
    "sh",
    "-c",
    script,
  ]);
  await estiba.ok(["exec", "c", "sh", "-c", "until [ ! -e /root/.keep ]; do sleep 0.01; done"]);
  const wanted = [
    "A /a",
    "A /a/b",
    "C /etc",
    "D /etc/group",
    "C /home",
    "C /home/user",
    "D /home/user/.keep",
    "A /home/user/new",
    "C /root",
    "D /root/.keep",
  ];
  expect((await estiba.ok(["diff", "c"])).split("\n")).toEqual(wanted);
  await estiba.ok(["stop", "-t", "0", "c"]);
  expect((await estiba.ok(["container", "diff", "c"])).split("\n")).toEqual(wanted);
  const json = JSON.parse(await estiba.ok(["diff", "--format", "json", "c"])) as Record<string, string[]>;
  expect(json["deleted"]).toEqual(["/etc/group", "/home/user/.keep", "/root/.keep"]);
  expect(Object.keys(json)).toEqual(["changed", "added", "deleted"]);
});

test("diff of an image tells its topmost layer, and two names are held against each other", async () => {
  expect((await estiba.ok(["image", "diff", "bb:1"])).split("\n")).toContain("A /bin/busybox");
  await estiba.ok(["run", "--name", "d", "bb:1", "sh", "-c", "echo changed >/etc/passwd; rm /etc/group"]);
  const lines = (await estiba.ok(["diff", "d", "bb:1"])).split("\n");
  expect(lines).toContain("C /etc/passwd");
  expect(lines).toContain("D /etc/group");
  expect(await estiba.ok(["diff", "bb:1", "bb:1"])).toBe("");
  const { code, stderr } = await estiba.run(["diff", "nothing"]);
  expect([code, stderr.includes('no container or image with name or ID "nothing"')]).toEqual([125, true]);
});
