import { describe, expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";
import { openTerminal } from "../fixtures/terminal.ts";

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

  test("-v binds files of the host as well, and makes a folder where there is nothing", async () => {
    const [file, folder] = [engine.path("bound"), engine.path("not-there")];
    await Bun.write(file, "of the host\n");
    const binds = ["-v", `${file}:/f`, "-v", `${folder}:/d`, "-v", `${service.socket}:/s`];
    const script = "cat /f; test -S /s && echo socket; echo made > /d/x";
    expect(await service.dockerOk(["run", "--rm", ...binds, IMAGE, "sh", "-c", script])).toBe("of the host\nsocket");
    expect(await Bun.file(`${folder}/x`).text()).toBe("made\n");
  });

  test("a name that is taken is refused in words that say by whom", async () => {
    const id = await service.dockerOk(["create", "--name", "one", IMAGE, "true"]);
    const { code, stderr } = await service.docker(["create", "--name", "one", IMAGE, "true"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Conflict. The container name "/one" is already in use by container "${id}".`);
  });

  test("cp goes both ways, follows links when it is told to, and names what is not there", async () => {
    const script = "echo hi > /tmp/f; ln -s f /tmp/link; exec sleep 1000";
    await service.dockerOk(["run", "-d", "--name", "files", IMAGE, "sh", "-c", script]);
    await eventually(
      async () => (await service.docker(["exec", "files", "test", "-e", "/tmp/link"])).code,
      (code) => code === 0,
    );
    const local = engine.path("copied");
    await service.dockerOk(["cp", "files:/tmp/f", local]);
    expect(await Bun.file(local).text()).toBe("hi\n");
    await service.dockerOk(["cp", "-L", "files:/tmp/link", `${local}-followed`]);
    expect(await Bun.file(`${local}-followed`).text()).toBe("hi\n");
    await service.dockerOk(["cp", local, "files:/tmp/back"]);
    expect(await service.dockerOk(["exec", "files", "cat", "/tmp/back"])).toBe("hi");
    const { stderr } = await service.docker(["cp", local, "files:/none/back"]);
    expect(stderr).toContain("Could not find the file /none in container");
    expect(await service.dockerOk(["diff", "files"])).toContain("A /tmp/back");
  });

  test("pause, unpause, rename, update, top, stats, kill and wait", async () => {
    await service.dockerOk(["run", "-d", "--name", "one", IMAGE, "sleep", "1000"]);
    await service.dockerOk(["pause", "one"]);
    expect(await service.dockerOk(["ps", "--format", "{{.Status}}"])).toEndWith("(Paused)");
    expect((await service.docker(["exec", "one", "true"])).stderr).toContain("is paused, unpause the container");
    await service.dockerOk(["unpause", "one"]);
    await service.dockerOk(["rename", "one", "two"]);
    await service.dockerOk(["update", "--memory", "64m", "two"]);
    expect(await service.dockerOk(["inspect", "-f", "{{.Name}} {{.HostConfig.Memory}}", "two"])).toBe("/two 67108864");
    expect(await service.dockerOk(["top", "two"])).toContain("sleep 1000");
    expect(await service.dockerOk(["stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "two"])).toBe("two 1");
    await service.dockerOk(["kill", "two"]);
    expect(await service.dockerOk(["wait", "two"])).toBe("137");
    expect((await service.docker(["kill", "two"])).stderr).toContain("is not running");
    expect(await service.dockerOk(["container", "prune", "-f"])).toContain("Total reclaimed space");
    expect(await service.dockerOk(["ps", "-aq"])).toBe("");
  });

  test("a terminal: attach, its size, the detach keys", async () => {
    await service.dockerOk(["run", "-dit", "--name", "shell", IMAGE, "sh"]);
    const terminal = openTerminal(service, ["attach", "shell"]);
    // Who is attached is told the size of the terminal: then it is there.
    await eventually(
      async () => await service.dockerOk(["exec", "-t", "shell", "sh", "-c", "stty -F /proc/1/fd/0 size"]),
      (size) => size === "17 91",
    );
    terminal.type("echo $((6*7))\n");
    await terminal.shows("42");
    terminal.type("\u0010\u0011");
    await terminal.shows("read escape sequence");
    await terminal.child.exited;
    expect(await service.dockerOk(["ps", "--format", "{{.Names}}"])).toBe("shell");
  });

  test("events are told from the past on, in Docker's words", async () => {
    const since = String(Date.now() / 1000);
    await service.dockerOk(["run", "--rm", "--name", "told", "--label", "a=b", IMAGE, "true"]);
    const until = String(Date.now() / 1000 + 0.001);
    const filters = ["--filter", "container=told", "--filter", "label=a=b"];
    const format = ["--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}"];
    const told = await service.dockerOk(["events", "--since", since, "--until", until, ...filters, ...format]);
    expect(told.split("\n")).toEqual(["create", "start", "die", "destroy"].map((action) => `container ${action} told`));
    await service.dockerOk(["run", "-d", "--name", "told", IMAGE, "sleep", "1000"]);
    await service.dockerOk(["exec", "told", "true"]);
    const now = String(Date.now() / 1000 + 0.001);
    const actions = ["exec_create", "exec_start", "exec_die"];
    for (const wanted of [actions, ["exec_start"]]) {
      const asked = wanted.flatMap((action) => ["--filter", `event=${action}`]);
      const execs = await service.dockerOk(["events", "--since", since, "--until", now, ...asked, ...format]);
      expect(execs.split("\n")).toEqual(wanted.map((action) => `container ${action} told`));
    }
  });

  test("what is asked of an endpoint has its effect, and is told", async () => {
    for (const name of ["near", "out"]) await service.dockerOk(["network", "create", name]);
    const sysctls = ["net.ipv4.conf.IFNAME.log_martians=1", "net.ipv4.conf.IFNAME.forwarding=0"].join(",");
    const option = `"driver-opt=com.docker.network.endpoint.sysctls=${sysctls}"`;
    const out = `name=out,gw-priority=3,driver-opt=com.docker.network.endpoint.ifname=way,${option}`;
    await service.dockerOk([
      "run",
      "-d",
      "--name",
      "two",
      "--network",
      "near",
      "--network",
      out,
      IMAGE,
      "sleep",
      "1000",
    ]);
    expect(await service.dockerOk(["exec", "two", "ip", "route"])).toMatch(/^default via \S+ dev way/);
    expect(await service.dockerOk(["exec", "two", "cat", "/proc/sys/net/ipv4/conf/way/log_martians"])).toBe("1");
    const format = "{{with .NetworkSettings.Networks.out}}{{.GwPriority}} {{json .DriverOpts}}{{end}}";
    expect(await service.dockerOk(["inspect", "-f", format, "two"])).toBe(
      `3 ${JSON.stringify({
        "com.docker.network.endpoint.ifname": "way",
        "com.docker.network.endpoint.sysctls": sysctls,
      })}`,
    );
    await service.dockerOk(["network", "create", "late"]);
    await service.dockerOk(["network", "connect", "--gw-priority", "5", "late", "two"]);
    expect(await service.dockerOk(["exec", "two", "ip", "route"])).toMatch(/^default via \S+ dev eth1/);
  });

  test("--link gives one container a name of another, on a network of the user's", async () => {
    for (const name of ["first", "second"]) await service.dockerOk(["network", "create", name]);
    await service.dockerOk(["run", "-d", "--name", "store", "--network", "first", IMAGE, "sleep", "1000"]);
    const link = ["--link", "store:db"];
    await service.dockerOk(["run", "-d", "--name", "user", "--network", "first", ...link, IMAGE, "sleep", "1000"]);
    expect(await service.dockerOk(["exec", "user", "nslookup", "db"])).toContain("Name:\tdb");
    expect((await service.docker(["exec", "store", "nslookup", "db"])).code).toBe(1);
    const format = "{{json .NetworkSettings.Networks.first.Links}}";
    expect(await service.dockerOk(["inspect", "-f", format, "user"])).toBe('["store:db"]');
    for (const name of ["store", "user"])
      await service.dockerOk(["network", "connect", "--link", "store:later", "second", name]);
    expect(await service.dockerOk(["exec", "user", "nslookup", "later"])).toContain("Name:\tlater");
    const { code, stderr } = await service.docker(["create", "--link", "store:db", IMAGE]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("links (--link) are not supported") });
  });

  test("published ports are told while the container runs; what a network goes through, with its driver", async () => {
    const since = String(Date.now() / 1000);
    await service.dockerOk(["network", "create", "eventful"]);
    await service.dockerOk([
      "create",
      "--name",
      "later",
      "-p",
      "127.0.0.1:0:80",
      "--network",
      "eventful",
      IMAGE,
      "sleep",
      "1000",
    ]);
    await service.dockerOk(["create", "--name", "fixed", "-p", "127.0.0.1:8089:80", IMAGE, "sleep", "1000"]);
    const ports = ["inspect", "-f", "{{json .NetworkSettings.Ports}}", "later", "fixed"];
    expect(await service.dockerOk(ports)).toBe("{}\n{}");
    expect(await service.dockerOk(["port", "fixed"])).toBe("");
    await service.dockerOk(["start", "later"]);
    expect(await service.dockerOk(["port", "later", "80"])).toMatch(/^127\.0\.0\.1:\d+$/);
    await service.dockerOk(["rm", "-f", "later", "fixed"]);
    await service.dockerOk(["network", "rm", "eventful"]);
    const until = String(Date.now() / 1000 + 0.001);
    const format = ["--format", "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}"];
    const asked = ["events", "--since", since, "--until", until, "--filter", "type=network", ...format];
    expect(await service.dockerOk(asked)).toBe("create eventful bridge\ndestroy eventful bridge");
  });

  test("what an endpoint cannot have is refused", async () => {
    await service.dockerOk(["network", "create", "plain"]);
    await service.dockerOk(["create", "--name", "alone", IMAGE, "true"]);
    for (const [args, said] of [
      [["network", "connect", "--driver-opt", "a=b", "plain", "alone"], "a=b"],
      [["network", "connect", "--link-local-ip", "169.254.1.1", "plain", "alone"], "link-local"],
      [["create", "--network", "name=plain,driver-opt=a=b", IMAGE], "a=b"],
      [["create", "--network", "host", "--ip", "10.0.0.9", IMAGE], "user specified IP address"],
      [
        ["create", "--network", "none", "--mac-address", "02:42:0a:40:00:02", IMAGE],
        "mac-address and the network mode",
      ],
      [["create", "--network", "container:alone", "--ip", "10.0.0.9", IMAGE], "user specified IP address"],
    ] as const) {
      const { code, stderr } = await service.docker([...args]);
      expect({ args, code: code > 0, stderr }).toEqual({ args, code: true, stderr: expect.stringContaining(said) });
    }
  });

  test("network create: what was asked for is shown, what cannot be had is refused, and macvlan is a driver, too", async () => {
    const options = { "com.docker.network.bridge.name": "brtold", "com.docker.network.driver.mtu": "1400" };
    const words = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await service.dockerOk(["network", "create", ...words, "told"]);
    const shown = await service.dockerOk(["network", "inspect", "-f", "{{json .Options}}", "told"]);
    expect(JSON.parse(shown)).toEqual(options);
    await service.dockerOk(["network", "create", "untold"]);
    expect(await service.dockerOk(["network", "inspect", "-f", "{{json .Options}}", "untold"])).toBe("{}");
    for (const [args, said] of [
      [["create", "--ipam-opt", "a=b", "no"], "has no options, such as a"],
      [["create", "--config-only", "no"], "--config-only"],
      [["create", "--config-from", "told", "no"], "--config-from"],
      [["create", "--scope", "moon", "no"], "the scope moon"],
      [["create", "-d", "host", "no"], 'only one instance of "host" network is allowed'],
      [["create", "-d", "macvlan", "-o", "parent=nosuch", "--subnet", "10.1.0.0/24", "no"], "parent interface nosuch"],
      [["ls", "--filter", "type=moon"], "invalid filter: 'type'='moon'"],
    ] as const) {
      const { code, stderr } = await service.docker(["network", ...args]);
      expect({ args, code, stderr }).toEqual({ args, code: 1, stderr: expect.stringContaining(said) });
    }
    await service.dockerOk(["network", "create", "-d", "macvlan", "-o", "parent=lo", "--subnet", "10.1.0.0/24", "lan"]);
    const format = "{{.Driver}} {{json .Options}}";
    expect(await service.dockerOk(["network", "inspect", "-f", format, "lan"])).toBe('macvlan {"parent":"lo"}');
    await service.dockerOk(["network", "rm", "told", "untold", "lan"]);
  });
});
