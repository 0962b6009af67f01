import { describe, expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

describe.skipIf(NO_DOCKER !== undefined)("the docker command as a client", () => {
  test("it agrees with the service on a version, and is told about the host", async () => {
    expect(await service.dockerOk(["version", "--format", "{{.Server.MinAPIVersion}}"])).toBe("1.24");
    expect(await service.dockerOk(["info", "--format", "{{.OSType}} {{.Swarm.LocalNodeState}}"])).toBe(
      "linux inactive",
    );
  });

  test("run shows both streams apart, and ends with the command's exit code", async () => {
    const { code, stdout, stderr } = await service.docker([
      "run",
      "--rm",
      IMAGE,
      "sh",
      "-c",
      "echo out; echo err >&2; exit 7",
    ]);
    expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
    expect(await service.dockerOk(["ps", "-aq"])).toBe("");
  });

  test("run -i passes its input on to the end, and its output back", async () => {
    const input = "line\n".repeat(50_000);
    const { code, stdout } = await service.docker(["run", "--rm", "-i", IMAGE, "cat"], { stdin: input });
    expect({ code, same: stdout === input }).toEqual({ code: 0, same: true });
  });

  test("what cannot be executed ends with 127 or 126, as everywhere", async () => {
    expect((await service.docker(["run", "--rm", IMAGE, "no-such-command"])).code).toBe(127);
    expect((await service.docker(["run", "--rm", IMAGE, "/etc"])).code).toBe(126);
  });

  test("a detached container is listed, followed, stopped, started and removed", async () => {
    const id = await service.dockerOk(["run", "-d", "--name", "web", IMAGE, "sh", "-c", "echo begun; exec sleep 1000"]);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const row = await service.dockerOk(["ps", "--format", "{{.Names}} {{.State}} {{.Command}}", "--no-trunc"]);
    expect(row).toBe('web running "sh -c echo begun; exec sleep 1000"');
    await eventually(
      async () => await service.dockerOk(["logs", "web"]),
      (text) => text === "begun",
    );
    await service.dockerOk(["stop", "-t", "0", "web"]);
    expect(await service.dockerOk(["ps", "-a", "--format", "{{.Status}}"])).toStartWith("Exited (137)");
    await service.dockerOk(["start", "web"]);
    expect(await service.dockerOk(["ps", "--format", "{{.Names}}"])).toBe("web");
    const refused = await service.docker(["rm", "web"]);
    expect(refused.stderr).toContain("container is running: stop the container before removing or force remove");
    await service.dockerOk(["rm", "-f", "web"]);
    expect(await service.dockerOk(["ps", "-aq"])).toBe("");
  });

  test("exec gives output, input and exit code", async () => {
    await service.dockerOk(["run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);
    expect(await service.dockerOk(["exec", "-e", "A=1", "-w", "/tmp", "box", "sh", "-c", "echo $A $PWD"])).toBe(
      "1 /tmp",
    );
    expect(await service.dockerOk(["exec", "-i", "box", "cat"], { stdin: "through" })).toBe("through");
    expect((await service.docker(["exec", "box", "sh", "-c", "exit 9"])).code).toBe(9);
    expect((await service.docker(["exec", "box", "no-such-command"])).code).toBe(127);
    await service.dockerOk(["exec", "-d", "box", "touch", "/made"]);
    await eventually(
      async () => (await service.docker(["exec", "box", "test", "-e", "/made"])).code,
      (code) => code === 0,
    );
  });

  test("a name that is taken is refused in words that say by whom", async () => {
    const id = await service.dockerOk(["create", "--name", "one", IMAGE, "true"]);
    const { code, stderr } = await service.docker(["create", "--name", "one", IMAGE, "true"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Conflict. The container name "/one" is already in use by container "${id}".`);
  });
});
