import { expect, test } from "bun:test";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const RUNSC = ["--runtime", "runsc"];

test("a container runs under gVisor, with its exit code, its streams and its limits", async () => {
  const command = "dmesg | head -1; echo oops >&2; exit 7";
  const { code, stdout, stderr } = await engine.run([
    ...RUNSC,
    "run",
    "--rm",
    "-m",
    "200m",
    IMAGE,
    "sh",
    "-c",
    command,
  ]);
  expect(stdout).toContain("Starting gVisor");
  expect(stderr).toBe("oops\n");
  expect(code).toBe(7);
});

test("a container under gVisor has the network and the volumes it is given", async () => {
  const script = "ip -4 addr show eth0 | grep -c inet; echo kept > /data/file";
  expect(await engine.ok([...RUNSC, "run", "--rm", "-v", "gv:/data", IMAGE, "sh", "-c", script])).toBe("1");
  expect(await engine.ok(["run", "--rm", "-v", "gv:/data", IMAGE, "cat", "/data/file"])).toBe("kept");
});

test("exec, stop, start and rm know a container under gVisor", async () => {
  await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const { code, stdout } = await engine.run(["exec", "gv", "sh", "-c", "cat /proc/version; exit 3"]);
  expect(stdout).toContain("Linux version 4.4.0");
  expect(code).toBe(3);
  expect(await engine.ok(["exec", "-i", "gv", "cat"], { stdin: "through\n" })).toBe("through");
  expect((await engine.run(["exec", "gv", "nothing-of-the-kind"])).code).toBe(127);
  await engine.ok(["stop", "-t", "1", "gv"]);
  await engine.ok(["start", "gv"]);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.Status}}"])).toStartWith("gv Up");
  await engine.ok(["rm", "-f", "gv"]);
});
