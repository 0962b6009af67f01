import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

describe.skipIf(NO_DOCKER !== undefined)("the docker command: images, networks, volumes", () => {
  test("build runs the steps of a Dockerfile, and its image runs", async () => {
    const folder = await contextOf("FROM bb:1\nARG A=1\nRUN echo built $A > /f\nCOPY x /x\nCMD cat /f /x\n", {
      x: "copied\n",
    });
    const { code, stdout } = await service.docker(["build", "-t", "built:1", "--build-arg", "A=9", folder], BUILDER);
    expect({ code, tail: stdout.trim().split("\n").at(-1) }).toEqual({ code: 0, tail: "Successfully tagged built:1" });
    expect(stdout).toContain("Step 2/3 : RUN echo built $A > /f");
    expect(await service.dockerOk(["run", "--rm", "built:1"])).toBe("built 9\ncopied");
    const quiet = await service.dockerOk(["build", "-q", "-t", "built:1", "--build-arg", "A=9", folder], BUILDER);
    expect(quiet).toBe(await service.dockerOk(["image", "inspect", "-f", "{{.Id}}", "built:1"]));
    await service.dockerOk(["rmi", "built:1"]);
  });

  test("a build that fails says which command, with which code; a Dockerfile that makes no sense where", async () => {
    const failing = await service.docker(["build", await contextOf("FROM bb:1\nRUN exit 3\n")], BUILDER);
    expect({ code: failing.code, stderr: failing.stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining("The command '/bin/sh -c exit 3' returned a non-zero code: 3"),
    });
    const wrong = await service.docker(["build", await contextOf("FROM bb:1\nNONSENSE\n")], BUILDER);
    expect(wrong.stderr).toContain("Dockerfile:2:1: unknown instruction: NONSENSE");
  });

  test("a build ends by the id that its client gave it, and one that there is not is no error", async () => {
    const folder = await contextOf("FROM bb:1\nRUN echo begun; sleep 1000\n");
    const { bytes } = await runCommand(["tar", "-c", "-C", folder, "."]);
    const headers = { "Content-Type": "application/x-tar" };
    const { body } = await service.request("POST", "/build?buildid=mine", bytes, headers);
    let said = "";
    for await (const piece of body ?? []) {
      said += Buffer.from(piece).toString();
      if (said.includes('"begun')) await service.request("POST", "/build/cancel?id=mine");
    }
    expect(said).toContain("the build was cancelled");
    expect((await service.request("POST", "/build/cancel?id=none")).status).toBe(200);
    expect((await service.request("POST", "/build/cancel")).status).toBe(400);
  });

  test("no file of the engine's host is read as a Dockerfile", async () => {
    const outside = engine.path("Outside");
    await Bun.write(outside, "FROM bb:1\n");
    const { bytes } = await runCommand(["tar", "-c", "-C", engine.folder, "Outside"]);
    const headers = { "Content-Type": "application/x-tar" };
    const response = await service.request("POST", `/build?dockerfile=${encodeURIComponent(outside)}`, bytes, headers);
    expect({ status: response.status, text: await response.text() }).toEqual({
      status: 404,
      text: expect.stringContaining("does not exist"),
    });
  });

  test("images are listed, tagged, saved, loaded, committed and removed; one in use stays", async () => {
    await service.dockerOk(["tag", IMAGE, "app"]);
    expect(await service.dockerOk(["images", "--format", "{{.Repository}}:{{.Tag}}", "app"])).toBe("app:latest");
    const archive = engine.path("saved.tar");
    await service.dockerOk(["save", "-o", archive, "app"]);
    expect(await service.dockerOk(["rmi", "app"])).toContain("Untagged: app:latest");
    expect(await service.dockerOk(["load", "-i", archive])).toBe("Loaded image: app:latest");
    await service.dockerOk(["run", "--name", "one", "app", "touch", "/new"]);
    await service.dockerOk(["rmi", "app"]);
    const refused = await service.docker(["rmi", "-f", IMAGE]);
    expect(refused.stderr).toContain("is using its referenced image");
    await service.dockerOk(["commit", "-m", "why", "-c", "CMD ls /new", "one", "snap:1"]);
    expect(await service.dockerOk(["run", "--rm", "snap:1"])).toBe("/new");
    expect(await service.dockerOk(["history", "--format", "{{.Comment}}", "snap:1"])).toStartWith("why");
    expect((await service.docker(["inspect", "no-such-thing"])).stderr).toContain("no-such-thing");
    const [images = ""] = (await service.dockerOk(["system", "df", "--format", "{{.Type}} {{.Reclaimable}}"])).split(
      "\n",
    );
    // Both images have the layers of one: no more can be had than there is.
    expect(Number(/\((\d+)%\)/.exec(images)?.[1] ?? 0)).toBeLessThanOrEqual(100);
    await service.dockerOk(["rm", "one"]);
    await service.dockerOk(["rmi", "snap:1"]);
  });

  test("push and pull tell of their progress; what is not there is a 404", async () => {
    await using registry = await startRegistry();
    const name = `${registry.host}/team/app:1`;
    await service.dockerOk(["tag", IMAGE, name]);
    const pushed = await service.dockerOk(["push", name]);
    expect(pushed).toContain("1: digest: sha256:");
    expect(await service.dockerOk(["search", "--format", "{{.Name}}", `${registry.host}/team`])).toBe(
      `${registry.host}/team/app`,
    );
    const there = await service.json<{ Descriptor: { digest: string }; Platforms: object[] }>(
      "GET",
      `/distribution/${name}/json`,
    );
    expect(pushed).toContain(there.Descriptor.digest);
    expect(there.Platforms).toEqual([{ os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch }]);
    expect((await service.request("GET", `/distribution/${registry.host}/none:1/json`)).status).toBe(404);
    await service.dockerOk(["rmi", name]);
    const pulled = await service.dockerOk(["pull", name]);
    expect(pulled).toContain("1: Pulling from team/app");
    expect(pulled).toContain(`Status: Downloaded newer image for ${name}`);
    expect(await service.dockerOk(["run", "--rm", "--pull", "always", name, "echo", "hi"])).toContain("hi");
    const response = await service.request("POST", `/images/create?fromImage=${registry.host}/none&tag=1`);
    expect(response.status).toBe(404);
    await service.dockerOk(["rmi", name]);
  });

  test("networks: those that are always there, one of one's own, names on it, connect and disconnect", async () => {
    expect((await service.dockerOk(["network", "ls", "--format", "{{.Name}}"])).split("\n")).toEqual([
      "bridge",
      "host",
      "none",
    ]);
    const id = await service.dockerOk(["network", "create", "--subnet", "10.231.77.0/24", "--label", "a=b", "mine"]);
    await service.dockerOk([
      "run",
      "-d",
      "--name",
      "web",
      "--network",
      "mine",
      "--network-alias",
      "alias",
      IMAGE,
      "sleep",
      "1000",
    ]);
    const seen = await service.dockerOk(["run", "--rm", "--network", "mine", IMAGE, "nslookup", "alias"]);
    expect(seen).toContain("10.231.77.");
    expect(await service.dockerOk(["network", "inspect", "-f", "{{range .Containers}}{{.Name}}{{end}}", "mine"])).toBe(
      "web",
    );
    const endpoint = "{{.NetworkSettings.Networks.mine.NetworkID}}";
    expect(await service.dockerOk(["inspect", "-f", endpoint, "web"])).toBe(id);
    await service.dockerOk(["network", "connect", "bridge", "web"]);
    await service.dockerOk(["network", "disconnect", "mine", "web"]);
    expect(
      await service.dockerOk(["inspect", "-f", "{{range $n, $e := .NetworkSettings.Networks}}{{$n}}{{end}}", "web"]),
    ).toBe("bridge");
    expect((await service.docker(["network", "create", "mine"])).stderr).toContain(
      "network with name mine already exists",
    );
    expect((await service.docker(["network", "rm", "bridge"])).stderr).toContain("pre-defined network");
    await service.dockerOk(["rm", "-f", "web"]);
    expect(await service.dockerOk(["network", "ls", "-q", "--no-trunc", "--filter", "label=a=b"])).toBe(id);
    await service.dockerOk(["network", "rm", "mine"]);
  });

  test("volumes: created twice is one, kept while in use, and what prune takes", async () => {
    await service.dockerOk(["volume", "create", "--label", "a=b", "data"]);
    expect(await service.dockerOk(["volume", "create", "data"])).toBe("data");
    await service.dockerOk([
      "run",
      "--name",
      "user",
      "-v",
      "data:/data",
      "-v",
      "/anonymous",
      IMAGE,
      "touch",
      "/data/f",
    ]);
    expect((await service.docker(["volume", "rm", "data"])).stderr).toContain("volume is in use");
    expect(await service.dockerOk(["run", "--rm", "-v", "data:/x:ro", IMAGE, "ls", "/x"])).toBe("f");
    await service.dockerOk(["rm", "user"]);
    await service.dockerOk(["volume", "prune", "-f"]);
    expect(await service.dockerOk(["volume", "ls", "-q"])).toBe("data");
    expect(await service.dockerOk(["system", "df", "--format", "{{.Type}} {{.TotalCount}}"])).toContain(
      "Local Volumes 1",
    );
    await service.dockerOk(["volume", "prune", "-af"]);
    expect(await service.dockerOk(["volume", "ls", "-q"])).toBe("");
  });
});

/** Without BuildKit's plugin, whatever is installed. */
const BUILDER = { env: { DOCKER_BUILDKIT: "0" } };

async function contextOf(dockerfile: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = engine.path(`context-${crypto.randomUUID()}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ Dockerfile: dockerfile, ...files }))
    await Bun.write(join(folder, name), text);
  return folder;
}
