import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { NO_PODMAN, useService } from "../fixtures/service.ts";
import { openTerminal } from "../fixtures/terminal.ts";

const engine = useEngine();
const service = useService(engine);
/** Lives until it is told to end, at once. */
const SLEEPER = ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"];

describe.skipIf(NO_PODMAN !== undefined)("podman --remote", () => {
  test("it agrees with the service on a version, and is told about the host", async () => {
    expect(await service.podmanOk(["version", "--format", "{{.Server.APIVersion}}"])).toMatch(/^[5-9]\./);
    expect(await service.podmanOk(["info", "--format", "{{.Store.GraphRoot}}"])).toBe(engine.root);
  });

  test("run shows both streams apart, passes input on, and ends with the command's exit code", async () => {
    const run = await service.podman(["run", "--rm", IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect({ code: run.code, stdout: run.stdout, stderr: run.stderr }).toEqual({
      code: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    const input = "line\n".repeat(50_000);
    const echo = await service.podman(["run", "--rm", "-i", IMAGE, "cat"], { stdin: input });
    expect({ code: echo.code, same: echo.stdout === input }).toEqual({ code: 0, same: true });
    expect((await service.podman(["run", "--rm", IMAGE, "no-such-command"])).code).toBe(127);
    expect((await service.podman(["run", "--rm", IMAGE, "/etc"])).code).toBe(126);
    expect(await service.podmanOk(["ps", "-aq"])).toBe("");
  });

  test("a detached container is listed, followed, stopped, started and removed", async () => {
    const id = await service.podmanOk(["run", "-d", "--name", "web", IMAGE, "sh", "-c", "echo begun; sleep 1000"]);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const row = await service.podmanOk(["ps", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Command}}"]);
    expect(row).toBe(`${id} web sh -c echo begun; sleep 1000`);
    await eventually(
      async () => await service.podmanOk(["logs", "web"]),
      (text) => text === "begun",
    );
    await service.podmanOk(["stop", "-t", "0", "web"]);
    expect(await service.podmanOk(["ps", "-a", "--format", "{{.Status}}"])).toStartWith("Exited (137)");
    await service.podmanOk(["start", "web"]);
    const refused = await service.podman(["rm", "web"]);
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("running"),
    });
    const taken = await service.podman(["create", "--name", "web", IMAGE, "true"]);
    expect(taken.stderr).toContain('"web" is already in use');
    expect(await service.podmanOk(["rm", "-f", "-t", "0", "web"])).toBe("web");
    expect((await service.podman(["inspect", "web"])).stderr).toContain('no such object: "web"');
  });

  test("exec gives output, input and exit code", async () => {
    await service.podmanOk(["run", "-d", "--name", "box", IMAGE, ...SLEEPER]);
    const shown = await service.podmanOk(["exec", "-e", "A=1", "-w", "/tmp", "box", "sh", "-c", "echo $A $PWD"]);
    expect(shown).toBe("1 /tmp");
    expect(await service.podmanOk(["exec", "-i", "box", "cat"], { stdin: "through" })).toBe("through");
    expect((await service.podman(["exec", "box", "sh", "-c", "exit 9"])).code).toBe(9);
    expect((await service.podman(["exec", "box", "no-such-command"])).code).toBe(127);
    await service.podmanOk(["exec", "-d", "box", "touch", "/made"]);
    await eventually(
      async () => (await service.podman(["exec", "box", "test", "-e", "/made"])).code,
      (code) => code === 0,
    );
  });

  test("what it asks of a container is what estiba create makes of the same words", async () => {
    mkdirSync(engine.path("shared"), { recursive: true });
    const options = `-e A=1 -l x=y --annotation note=here -w /tmp -u 5:6
      -v ${engine.path("shared")}:/shared:ro -v data:/data --tmpfs /scratch:size=1m
      --mount type=bind,src=${engine.path("shared")},dst=/again -p 127.0.0.1::80 --expose 99
      --memory 64m --pids-limit 55 --cpu-shares 512 --ulimit nofile=512:512 --oom-score-adj 5 --shm-size 1m
      --cap-add NET_ADMIN --cap-drop CHOWN --security-opt no-new-privileges --group-add 7
      --device /dev/null:/dev/nothing:r --init --tz UTC --hostname here --add-host a:1.2.3.4
      --dns 8.8.8.8 --dns-search example.org --stop-signal SIGUSR1 --stop-timeout 3 --umask 0077
      --restart on-failure:3 --health-cmd true --health-interval 1m --health-retries 2
      --log-opt max-size=1m --pid host --ipc private --entrypoint sh`;
    const words = [...options.split(/\s+/), "-e", "B=two words"];
    await service.podmanOk(["create", "--name", "theirs", ...words, IMAGE, "-c", "true"]);
    await engine.ok(["create", "--name", "ours", ...words, IMAGE, "-c", "true"]);
    const [theirs, ours] = JSON.parse(await engine.ok(["inspect", "theirs", "ours"])) as Document[];
    expect(comparable(theirs)).toEqual(comparable(ours));
    expect((await service.podman(["create", "--uidmap", "0:1:2", "--userns", "nomap", IMAGE])).code).toBe(125);
  });

  test("a terminal: its size, the detach keys, attach", async () => {
    const client = { argv: (args: readonly string[]) => service.podmanArgv(args) };
    const terminal = openTerminal(client, ["run", "-it", "--detach-keys", "ctrl-x", "--name", "shell", IMAGE, "sh"]);
    await terminal.shows("# ");
    await eventually(
      async () => {
        terminal.type("stty size\n");
        await Bun.sleep(100);
        return terminal.text();
      },
      (text) => text.includes("17 91"),
    );
    // One key: of several, the client knows them only when each comes by itself.
    terminal.type("\u0018");
    await terminal.child.exited;
    expect(await service.podmanOk(["ps", "--format", "{{.Names}}"])).toBe("shell");
    const again = openTerminal(client, ["attach", "shell"]);
    await eventually(
      async () => {
        again.type("echo si''de\n");
        await Bun.sleep(100);
        return again.text();
      },
      (text) => text.includes("side"),
    );
    again.type("exit 3\n");
    await again.child.exited;
    expect(await service.podmanOk(["ps", "-a", "--format", "{{.Status}}"])).toStartWith("Exited (3)");
  });

  test("cp goes both ways and between containers; diff, export and commit see what has come", async () => {
    await service.podmanOk(["run", "-d", "--name", "one", "-v", "data:/data", IMAGE, ...SLEEPER]);
    await service.podmanOk(["create", "--name", "two", IMAGE, "true"]);
    const folder = engine.path("copied");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(folder, "sub", "file"), "hi\n");
    await service.podmanOk(["cp", folder, "one:/data/tree"]);
    expect(await service.podmanOk(["exec", "one", "cat", "/data/tree/sub/file"])).toBe("hi");
    await service.podmanOk(["cp", "one:/data/tree/sub/file", engine.path("back")]);
    expect(await Bun.file(engine.path("back")).text()).toBe("hi\n");
    await service.podmanOk(["cp", "one:/data/tree/sub/file", "two:/renamed"]);
    expect(await service.podmanOk(["diff", "two"])).toContain("A /renamed");
    expect((await service.podman(["cp", "one:/none", engine.path("none")])).stderr).toContain(
      "could not be found on container one: no such file or directory",
    );
    await service.podmanOk(["export", "-o", engine.path("two.tar"), "two"]);
    await service.podmanOk(["import", "-q", engine.path("two.tar"), "imported:1"]);
    await service.podmanOk(["commit", "-q", "--change", "CMD cat /renamed", "two", "committed:1"]);
    expect(await service.podmanOk(["run", "--rm", "committed:1"])).toBe("hi");
    await service.podmanOk(["rmi", "-f", "imported:1", "committed:1"]);
  });

  test("pause, unpause, rename, update, top, stats, init, healthcheck, kill, wait and restart", async () => {
    const health = ["--health-cmd", "test -e /well", "--health-interval", "disable"];
    await service.podmanOk(["create", "--name", "one", ...health, IMAGE, ...SLEEPER]);
    await service.podmanOk(["init", "one"]);
    expect(await service.podmanOk(["ps", "-a", "--format", "{{.Status}}"])).toStartWith("Initialized");
    await service.podmanOk(["start", "one"]);
    await service.podmanOk(["pause", "one"]);
    expect(await service.podmanOk(["ps", "--format", "{{.Status}}"])).toStartWith("Paused");
    await service.podmanOk(["unpause", "one"]);
    await service.podmanOk(["rename", "one", "two"]);
    await service.podmanOk(["update", "--memory", "64m", "two"]);
    expect(await service.podmanOk(["inspect", "-f", "{{.HostConfig.Memory}}", "two"])).toBe("67108864");
    expect(await service.podmanOk(["top", "two", "pid", "args"])).toContain("sleep 1000");
    expect(await service.podmanOk(["stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "two"])).toBe("two 2");
    expect((await service.podman(["healthcheck", "run", "two"])).code).toBe(1);
    await service.podmanOk(["exec", "two", "touch", "/well"]);
    expect((await service.podman(["healthcheck", "run", "two"])).code).toBe(0);
    await service.podmanOk(["restart", "-t", "0", "two"]);
    await service.podmanOk(["kill", "two"]);
    expect(await service.podmanOk(["wait", "two"])).toBe("137");
    expect((await service.podman(["container", "checkpoint", "two"])).stderr).toContain("they need CRIU");
    expect(await service.podmanOk(["container", "prune", "-f"])).toMatch(/^[0-9a-f]{64}$/);
  });

  test("build sends its context and its secrets; what fails says why", async () => {
    const context = engine.path("context");
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "file"), "built\n");
    writeFileSync(join(context, "left-out"), "");
    writeFileSync(join(context, ".containerignore"), "left-out\n");
    writeFileSync(
      join(context, "Containerfile"),
      `FROM ${IMAGE}\nARG WHO\nCOPY . /context\nRUN --mount=type=secret,id=key cat /run/secrets/key > /key; echo for $WHO\nCMD ["sh", "-c", "ls /context; cat /key"]\n`,
    );
    writeFileSync(engine.path("key"), "hidden\n");
    const secret = ["--secret", `id=key,src=${engine.path("key")}`];
    const built = await service.podmanOk(["build", "-t", "app:1", "--build-arg", "WHO=me", ...secret, context]);
    expect(built).toContain("for me");
    expect(built).toContain("Successfully tagged localhost/app:1");
    const id = built.split("\n").at(-1) ?? "";
    expect(await service.podmanOk(["image", "inspect", "-f", "{{.Id}}", "app:1"])).toBe(id);
    expect(await service.podmanOk(["run", "--rm", "app:1"])).toBe("Containerfile\nfile\nhidden");
    const outside = engine.path("Elsewhere");
    writeFileSync(outside, `FROM ${IMAGE}\nRUN exit 3\n`);
    const failed = await service.podman(["build", "-f", outside, context]);
    expect(failed.code).toBe(125);
    expect(failed.stderr).toContain("exit code: 3");
    await service.podmanOk(["rmi", "app:1"]);
  });

  test("images are tagged, saved, loaded, shown and removed", async () => {
    await service.podmanOk(["tag", IMAGE, "copy:2"]);
    const listed = await service.podmanOk(["images", "--format", "{{.Repository}}:{{.Tag}}", "copy"]);
    expect(listed).toContain("localhost/copy:2");
    await service.podmanOk(["save", "-q", "-o", engine.path("copy.tar"), "copy:2"]);
    await service.podmanOk(["untag", IMAGE, "copy:2"]);
    expect((await service.podman(["image", "exists", "copy:2"])).code).toBe(1);
    expect(await service.podmanOk(["load", "-q", "-i", engine.path("copy.tar")])).toBe(
      "Loaded image: localhost/copy:2",
    );
    expect(await service.podmanOk(["history", "--format", "{{.ID}}", "copy:2"])).not.toBe("");
    expect(await service.podmanOk(["image", "tree", "copy:2"])).toContain("Image Layers");
    expect(await service.podmanOk(["rmi", "copy:2"])).toBe("Untagged: localhost/copy:2");
    const unknown = await service.podman(["rmi", "copy:2"]);
    expect({ code: unknown.code, stderr: unknown.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("copy:2: image not known"),
    });
    await service.podmanOk(["manifest", "create", "list:1"]);
    await service.podmanOk(["manifest", "add", "list:1", IMAGE]);
    expect(await service.podmanOk(["manifest", "inspect", "list:1"])).toContain('"os": "linux"');
    await service.podmanOk(["manifest", "rm", "list:1"]);
    expect((await service.podman(["image", "scp", IMAGE, "root@localhost::"])).code).toBe(125);
  });

  test("images and lists go to a registry and come from there, by a login of the client's", async () => {
    await using registry = await startRegistry({ users: { me: "secret" } });
    const name = `${registry.host}/team/app`;
    const login = ["--tls-verify=false", "--creds", "me:secret"];
    await service.podmanOk(["push", "-q", ...login, IMAGE, `${name}:1`]);
    const denied = await service.podman(["pull", "--tls-verify=false", `${name}:1`]);
    expect(denied.code).toBe(125);
    expect(denied.stderr).toContain(`Trying to pull ${name}:1...`);
    const auth = Buffer.from(JSON.stringify({ username: "me", password: "secret" })).toString("base64url");
    const path = `/libpod/images/search?listTags=true&tlsVerify=false&term=${encodeURIComponent(name)}`;
    const tags = await service.request("GET", path, undefined, { "X-Registry-Auth": auth });
    expect(await tags.json()).toEqual([expect.objectContaining({ Name: name, Tag: "1" })]);
    const id = await service.podmanOk(["pull", "-q", ...login, `${name}:1`]);
    expect(id).toBe(await service.podmanOk(["image", "inspect", "-f", "{{.Id}}", IMAGE]));
    await service.podmanOk(["manifest", "create", "list:1", IMAGE]);
    await service.podmanOk(["manifest", "push", "--all", ...login, "list:1", `docker://${name}:list`]);
    await service.podmanOk(["manifest", "rm", "list:1"]);
    await service.podmanOk(["untag", IMAGE, `${name}:1`]);
  });

  test("volumes, networks and secrets are made, used and removed", async () => {
    expect(await service.podmanOk(["volume", "create", "-l", "a=b", "-o", "o=uid=5", "kept"])).toBe("kept");
    expect(await service.podmanOk(["volume", "ls", "-q", "--filter", "label=a"])).toBe("kept");
    expect(await service.podmanOk(["volume", "inspect", "-f", "{{.UID}}", "kept"])).toBe("5");
    const range = ["--subnet", "10.213.7.0/24", "--ip-range", "10.213.7.128/25"];
    expect(await service.podmanOk(["network", "create", "--label", "a=b", ...range, "net"])).toBe("net");
    await service.podmanOk(["network", "create", "other"]);
    writeFileSync(engine.path("word"), "hidden");
    await service.podmanOk(["secret", "create", "-l", "a=b", "word", engine.path("word")]);
    expect(await service.podmanOk(["secret", "ls", "--format", "{{.Name}}"])).toBe("word");
    const uses = ["--network", "net:ip=10.213.7.140,alias=called", "-v", "kept:/kept", "--secret", "word"];
    await service.podmanOk(["run", "-d", "--name", "box", ...uses, IMAGE, ...SLEEPER]);
    expect(await service.podmanOk(["exec", "box", "cat", "/run/secrets/word"])).toBe("hidden");
    const address = ["inspect", "-f", "{{.NetworkSettings.Networks.net.IPAddress}}", "box"];
    expect(await service.podmanOk(address)).toBe("10.213.7.140");
    await service.podmanOk(["network", "connect", "--alias", "also", "other", "box"]);
    await service.podmanOk(["network", "disconnect", "net", "box"]);
    expect((await service.podman(["volume", "rm", "kept"])).code).toBe(2);
    expect((await service.podman(["network", "rm", "other"])).stderr).toContain("network is being used");
    await service.podmanOk(["rm", "-f", "-t", "0", "box"]);
    await service.podmanOk(["network", "rm", "net", "other"]);
    await service.podmanOk(["secret", "rm", "word"]);
    expect(await service.podmanOk(["volume", "prune", "-f"])).toContain("kept");
  });

  test("pods are made, filled, started, stopped and removed", async () => {
    await service.podmanOk(["pod", "create", "--name", "pod", "-l", "a=b", "--share", "+pid", "--hostname", "shared"]);
    await service.podmanOk(["run", "-d", "--pod", "pod", "--name", "member", IMAGE, ...SLEEPER]);
    expect(await service.podmanOk(["pod", "ps", "--format", "{{.Name}} {{.Status}} {{.NumberOfContainers}}"])).toBe(
      "pod Running 2",
    );
    expect(await service.podmanOk(["exec", "member", "hostname"])).toBe("shared");
    expect(await service.podmanOk(["pod", "top", "pod", "args"])).toContain("sleep 1000");
    expect(await service.podmanOk(["pod", "stats", "--no-stream", "--format", "{{.Name}}", "pod"])).toContain("member");
    await service.podmanOk(["pod", "pause", "pod"]);
    await service.podmanOk(["pod", "unpause", "pod"]);
    await service.podmanOk(["pod", "restart", "pod"]);
    await service.podmanOk(["pod", "stop", "-t", "0", "pod"]);
    expect(await service.podmanOk(["pod", "inspect", "-f", "{{.State}}", "pod"])).toBe("Exited");
    await service.podmanOk(["pod", "start", "pod"]);
    await service.podmanOk(["pod", "kill", "pod"]);
    expect(await service.podmanOk(["pod", "rm", "-f", "pod"])).toMatch(/^[0-9a-f]{64}$/);
    await service.podmanOk(["run", "-d", "--pod", "new:made", "--name", "first", IMAGE, ...SLEEPER]);
    expect((await service.podman(["pod", "rm", "made"])).stderr).toContain("container state improper");
    await service.podmanOk(["pod", "rm", "-f", "made"]);
    expect((await service.podman(["pod", "exists", "made"])).code).toBe(1);
  });

  test("Kubernetes YAML is played, taken down, and written", async () => {
    const file = engine.path("pod.yaml");
    const container = `{name: one, image: "${IMAGE}", command: ${JSON.stringify(SLEEPER)}}`;
    writeFileSync(file, `apiVersion: v1\nkind: Pod\nmetadata: {name: kube}\nspec: {containers: [${container}]}\n`);
    expect(await service.podmanOk(["play", "kube", file])).toMatch(/^Pod:\n[0-9a-f]{64}\nContainer:\n[0-9a-f]{64}$/);
    expect(await service.podmanOk(["ps", "--format", "{{.Names}}", "--filter", "name=kube-one"])).toBe("kube-one");
    expect(await service.podmanOk(["generate", "kube", "kube"])).toContain("name: kube");
    expect(await service.podmanOk(["play", "kube", "--replace", file])).toContain("Pods removed:");
    expect(await service.podmanOk(["kube", "down", file])).toContain("Pods removed:");
    expect(await service.podmanOk(["pod", "ps", "-q"])).toBe("");
    const units = await service.podman(["generate", "systemd", "kube-one"]);
    expect(units.stderr).toContain("write a Quadlet file");
  });

  test("events, df and prune tell what has happened and what lies around", async () => {
    await service.podmanOk(["run", "--name", "done", IMAGE, "true"]);
    const words = [
      "events",
      "--since",
      "1h",
      "--stream=false",
      "--filter",
      "container=done",
      "--format",
      "{{.Status}}",
    ];
    expect((await service.podmanOk(words)).split("\n").slice(0, 4)).toEqual(["create", "init", "start", "died"]);
    expect(await service.podmanOk(["system", "df", "--format", "{{.Type}} {{.Total}}"])).toContain("Containers 1");
    expect(await service.podmanOk(["system", "prune", "-f"])).toContain("Deleted Containers");
    expect(await service.podmanOk(["ps", "-aq"])).toBe("");
  });
});

type Document = Readonly<Record<"Config" | "HostConfig" | "NetworkSettings", Readonly<Record<string, unknown>>>> &
  Readonly<Record<"Path" | "Args", unknown>> & { readonly Mounts: readonly { readonly Destination: string }[] };

/** What is not each container's own; the client knows no order of mounts and variables, and adds an annotation that says whether there is a terminal. */
function comparable(document: Document | undefined): Record<string, unknown> {
  const { CreateCommand: _, Annotations: notes, Env: env, ...config } = document?.Config ?? {};
  const { LogConfig: _log, Annotations: _notes, Binds: binds, ...host } = document?.HostConfig ?? {};
  const { "io.kubernetes.cri-o.TTY": _tty, ...annotations } = notes as Record<string, string>;
  const mounts = (document?.Mounts ?? []).toSorted((a, b) => (a.Destination < b.Destination ? -1 : 1));
  const { Path, Args } = document ?? {};
  return { config, annotations, host, Path, Args, mounts, binds: sorted(binds), env: sorted(env) };
}

function sorted(list: unknown): string[] {
  return (list as string[]).toSorted();
}
