import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();

/** Writes a containers.conf and gives the environment that names it. */
function conf(text: string): { CONTAINERS_CONF: string } {
  const path = estiba.path("containers.conf");
  writeFileSync(path, text);
  return { CONTAINERS_CONF: path };
}

const shell = ["sh", "-c"];

test("containers.conf gives a container its defaults, and options win over them", async () => {
  const folder = estiba.path("mounted");
  mkdirSync(folder, { recursive: true });
  const env = conf(`[containers]
env = ["FROM_CONF=1", "PATH=/conf", "HOME=/elsewhere"]
default_ulimits = ["nofile=500:600"]
default_sysctls = ["net.ipv4.ip_unprivileged_port_start=1000"]
volumes = ["${folder}:/mounted:ro"]
annotations = ["team = red"]
umask = "0077"
shm_size = "1m"
pids_limit = 77
[engine]
stop_timeout = 3
`);
  const look =
    "echo $FROM_CONF $PATH; ulimit -n; umask; df /dev/shm | tail -n 1 | awk '{print $2}'; ls -d /mounted; cat /proc/sys/net/ipv4/ip_unprivileged_port_start";
  const run = ["run", "--rm", IMAGE, ...shell, look];
  expect((await estiba.ok(run, { env })).split("\n")).toEqual([
    "1 /usr/sbin:/usr/bin:/sbin:/bin",
    "500",
    "0077",
    "1024",
    "/mounted",
    "1000",
  ]);
  const options = ["--umask", "0027", "--ulimit", "nofile=400:400", "-e", "FROM_CONF=2", "--shm-size", "2m"];
  const won = await estiba.ok(["run", "--rm", ...options, "--network", "host", IMAGE, ...shell, look], { env });
  expect(won.split("\n").slice(0, 4)).toEqual(["2 /usr/sbin:/usr/bin:/sbin:/bin", "400", "0027", "2048"]);
  await estiba.ok(["create", "--name", "c", IMAGE], { env });
  const shown = '{{.HostConfig.PidsLimit}} {{.Config.StopTimeout}} {{index .Config.Annotations "team"}}';
  expect(await estiba.ok(["inspect", "--format", shown, "c"])).toBe("77 3 red");
});

test("default capabilities take the place of the built-in ones, for adding, dropping and other users too", async () => {
  const env = conf('[containers]\ndefault_capabilities = ["CHOWN", "CAP_KILL"]\n');
  const effective = async (...options: string[]): Promise<string> =>
    await estiba.ok(["run", "--rm", ...options, IMAGE, ...shell, "grep CapEff /proc/self/status | cut -f 2"], { env });
  expect(await effective()).toBe("0000000000000021");
  expect(await effective("--cap-add", "SETUID", "--cap-drop", "KILL")).toBe("0000000000000081");
  expect(await effective("--cap-drop", "ALL")).toBe("0000000000000000");
  expect(await effective("--user", "12")).toBe("0000000000000000");
});

test("engine keys name the runtime, conmon, how images come and how long a stop takes", async () => {
  const calls = estiba.path("calls");
  const script = (name: string, program: string): string => {
    const path = estiba.path(name);
    writeFileSync(path, `#!/bin/sh\necho ${name} >>${calls}\nexec ${program} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const runtime = await estiba.ok(["info", "--format", "{{.host.ociRuntime.path}}"]);
  const conmon = await estiba.ok(["info", "--format", "{{.host.conmon.path}}"]);
  const env = conf(`[engine]
runtime = "mine"
conmon_path = ["/nowhere", "${script("my-conmon", conmon)}"]
pull_policy = "never"
events_logger = "none"
[engine.runtimes]
mine = ["/nowhere", "${script("my-runtime", runtime)}"]
`);
  expect(await estiba.ok(["info", "--format", "{{.host.ociRuntime.name}}"], { env })).toBe("mine");
  expect(await estiba.ok(["run", "--rm", "--name", "quiet", IMAGE, "echo", "hello"], { env })).toBe("hello");
  const lines = (await Bun.file(calls).text()).trim().split("\n");
  expect(new Set(lines)).toEqual(new Set(["my-conmon", "my-runtime"]));
  const missing = await estiba.run(["run", "--rm", "nobody.example/none:1"], { env });
  expect([missing.code, missing.stderr.includes("cannot reach")]).toEqual([125, false]);
  expect(await estiba.ok(["events", "--stream=false", "--filter", "container=quiet"])).toBe("");
});

test("volumes are filled at create where that is asked for, else at the first start", async () => {
  const env = conf("[containers]\nprepare_volume_on_create = true\n");
  const data = async (name: string) =>
    readdirSync(await estiba.ok(["volume", "inspect", "--format", "{{.Mountpoint}}", name]));
  await estiba.ok(["create", "-v", "early:/home", IMAGE], { env });
  await estiba.ok(["create", "-v", "late:/home", IMAGE]);
  expect(await data("early")).toEqual(["user"]);
  expect(existsSync(join(estiba.root, "volumes/late/_data/user"))).toBe(false);
});

test("a broken file ends the command before anything is made, and commands that need none go on", async () => {
  const env = conf("[containers]\n  tz = nowhere\n");
  const { code, stderr } = await estiba.run(["run", "--name", "none", IMAGE, "true"], { env });
  expect([code, stderr]).toEqual([125, `Error: ${env.CONTAINERS_CONF}:2:3: Strings must be quoted: "nowhere"\n`]);
  expect(await estiba.ok(["ps", "-aq"], { env })).toBe("");
});

test("a value that the option would not take is told by file, line, column and key, unless it was typed", async () => {
  const drivers = "k8s-file, json-file, journald, passthrough, none";
  const cases: readonly (readonly [text: string, said: string])[] = [
    [
      '[containers]\n\n  log_driver = "syslog"\n',
      `:3:3: containers.log_driver must be one of ${drivers}, not "syslog"`,
    ],
    [
      '[engine]\nstop_timeout = 3\n[containers]\nshm_size = "lots"\n',
      ':4:1: containers.shm_size: "lots" is not a size',
    ],
    ["[containers]\ntz = 7\n", ':2:1: containers.tz: "7" is not a time zone that this host knows'],
  ];
  for (const [text, said] of cases) {
    const env = conf(text);
    const { code, stderr } = await estiba.run(["create", IMAGE], { env });
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining(`${env.CONTAINERS_CONF}${said}`) });
  }
  const env = conf('[containers]\nshm_size = "lots"\n');
  const typed = await estiba.run(["create", "--shm-size", "lots", IMAGE], { env });
  expect(typed.stderr).toStartWith('Error: --shm-size: "lots" is not');
  expect(await estiba.run(["create", "--name", "fits", "--shm-size", "1m", IMAGE], { env })).toMatchObject({ code: 0 });
  await estiba.ok(["rm", "fits"]);
});

test("proxies of the caller and of Docker's config reach a container below its own variables, and no image", async () => {
  const docker = estiba.path("docker");
  mkdirSync(docker, { recursive: true });
  const proxies = { default: { httpProxy: "http://docker:1", noProxy: "docker.example" } };
  writeFileSync(join(docker, "config.json"), JSON.stringify({ proxies }));
  const env = { DOCKER_CONFIG: docker, HTTPS_PROXY: "http://caller:2", no_proxy: "caller.example" };
  const look = [IMAGE, ...shell, "env | grep -i proxy | sort"];
  expect((await estiba.ok(["run", "--name", "p", ...look], { env })).split("\n")).toEqual([
    "HTTPS_PROXY=http://caller:2",
    "HTTP_PROXY=http://docker:1",
    "http_proxy=http://docker:1",
    "no_proxy=caller.example",
  ]);
  await estiba.ok(["commit", "-q", "p", "proxied:1"]);
  expect(await estiba.ok(["image", "inspect", "--format", "{{.Config.Env}}", "proxied:1"])).not.toContain("caller");
  await estiba.ok(["rmi", "-f", "proxied:1"]);
  const off = await estiba.run(["run", "--rm", "--http-proxy=false", ...look], { env });
  expect(off.stdout).toBe("");
  const own = await estiba.ok(["run", "--rm", "-e", "HTTPS_PROXY=mine", "--unsetenv", "http_proxy", ...look], { env });
  expect(own.split("\n")).toEqual(["HTTPS_PROXY=mine", "HTTP_PROXY=http://docker:1", "no_proxy=caller.example"]);
});

test("a pull goes through the proxy, but for registries of no_proxy and of this host", async () => {
  const asked: string[] = [];
  using proxy = Bun.listen({
    port: 0,
    hostname: "127.0.0.1",
    socket: {
      data: (socket, bytes) => {
        asked.push(bytes.toString().split(" ").slice(0, 2).join(" "));
        socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      },
    },
  });
  const address = `http://127.0.0.1:${proxy.port}`;
  const env = { https_proxy: address, http_proxy: address, no_proxy: "inside.example" };
  const pull = async (name: string) => (await estiba.run(["pull", "--tls-verify=false", name], { env })).code;
  expect(await pull("outside.example:5000/app:1")).toBe(125);
  expect(asked).toContain("CONNECT outside.example:5000");
  asked.length = 0;
  for (const registry of ["inside.example", "www.inside.example", "127.0.0.1:1", "localhost:1"])
    expect(await pull(`${registry}/app:1`)).toBe(125);
  expect(asked).toEqual([]);
  asked.length = 0;
  const configured = conf(`[engine]\nenv = ["https_proxy=${address}"]\n`);
  expect((await estiba.run(["pull", "outside.example/app:1"], { env: configured })).code).toBe(125);
  expect(asked).toContain("CONNECT outside.example:443");
}, 60_000);
