import { expect, test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";
import podmanKeys from "../fixtures/podman-inspect-keys.json";

const engine = useEngine();

/** Fields whose values are maps: their keys are the user's, or as many as there are networks and ports. */
const MAPS = /\.(?:Annotations|Data|ExposedPorts|Labels|Networks|PortBindings|Ports|Sysctls|Tmpfs)$/;

/** Every place in a document at which there is a field, such as `HostConfig.LogConfig.Type`; `*` is any key, `[]` any element. */
function placesOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => placesOf(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  if (MAPS.test(path)) return Object.values(value).flatMap((item) => placesOf(item, `${path}.*`));
  return Object.entries(value).flatMap(([key, item]) => {
    const place = path === "" ? key : `${path}.${key}`;
    return [place, ...placesOf(item, place)];
  });
}

const FULL = [
  ..."--name full --label tier=front -e A=1 -v data:/data -v /etc:/b:ro --tmpfs /t:size=1m --memory 64m --cpus 0.5".split(
    " ",
  ),
  ..."--mount type=bind,src=/etc,dst=/c,bind-propagation=rslave --mount type=image,src=bb:1,dst=/img -v /anon".split(
    " ",
  ),
  ..."--restart on-failure:3 --cap-add NET_ADMIN --cap-drop KILL --user 5:6 --workdir /etc --hostname box".split(" "),
  ..."--stop-timeout 7 --device /dev/null:/dev/nul --sysctl net.ipv4.ip_forward=1 --ulimit core=1:2 --tz UTC".split(
    " ",
  ),
  ..."--init --health-cmd true --health-interval 30s --annotation a=b --dns 9.9.9.9 --add-host x:1.2.3.4".split(" "),
  ..."--group-add 7 --expose 99 --oom-score-adj 5 --security-opt seccomp=unconfined -p 127.0.0.1:18724:80".split(" "),
];

async function inspect(name: string, ...options: string[]): Promise<Record<string, unknown>> {
  const [document] = JSON.parse(await engine.ok(["inspect", ...options, name]));
  return document;
}

test("inspect has every field that Podman has, at its place", async () => {
  await engine.ok(["create", ...FULL, "bb:1", "sleep", "1000"]);
  await engine.ok(["create", "--name", "plain", "bb:1"]);
  const places = new Set([...placesOf(await inspect("full")), ...placesOf(await inspect("plain"))]);
  expect(podmanKeys.filter((key) => !places.has(key))).toEqual([]);
});

test("inspect tells what the container was given", async () => {
  await engine.ok(["create", ...FULL, "--cidfile", engine.path("cid"), "bb:1", "sleep", "1000"]);
  expect(await inspect("full")).toMatchObject({
    Name: "full",
    Path: "sleep",
    Args: ["1000"],
    ImageName: "localhost/bb:1",
    EffectiveCaps: ["CAP_NET_ADMIN"],
    BoundingCaps: expect.not.arrayContaining(["CAP_KILL"]),
    Mounts: [
      {
        Type: "volume",
        Name: "data",
        Source: `${engine.root}/volumes/data/_data`,
        Destination: "/data",
        Driver: "local",
        Mode: "",
        Options: ["nosuid", "nodev", "rbind"],
        RW: true,
        Propagation: "rprivate",
      },
      { Type: "volume", Destination: "/anon", RW: true },
      { Type: "image", Source: "bb:1", Destination: "/img", Options: null, RW: false },
      { Type: "bind", Source: "/etc", Destination: "/b", Options: ["rbind"], RW: false, Propagation: "rprivate" },
      { Type: "bind", Source: "/etc", Destination: "/c", Options: ["rbind"], RW: true, Propagation: "rslave" },
    ],
    Config: {
      User: "5:6",
      Hostname: "box",
      WorkingDir: "/etc",
      Cmd: ["sleep", "1000"],
      Entrypoint: null,
      Labels: { tier: "front" },
      CreateCommand: expect.arrayContaining(["create", "--name", "full", "bb:1", "sleep", "1000"]),
      Timezone: "UTC",
      Umask: "0022",
      StopTimeout: 7,
      ExposedPorts: { "80/tcp": {}, "99/tcp": {} },
      Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 30_000_000_000 },
    },
    HostConfig: {
      Binds: expect.arrayContaining(["data:/data:rw,rprivate,nosuid,nodev,rbind", "/etc:/b:ro,rprivate,rbind"]),
      ContainerIDFile: engine.path("cid"),
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "18724" }] },
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      CapAdd: ["CAP_NET_ADMIN"],
      CapDrop: ["CAP_KILL"],
      Dns: ["9.9.9.9"],
      ExtraHosts: ["x:1.2.3.4"],
      GroupAdd: ["7"],
      OomScoreAdj: 5,
      SecurityOpt: ["seccomp=unconfined"],
      Memory: 67_108_864,
      MemorySwap: 134_217_728,
      NanoCpus: 500_000_000,
      CpuQuota: 50_000,
      Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nul", CgroupPermissions: "rwm" }],
      Init: true,
      PidsLimit: 2048,
      Ulimits: expect.arrayContaining([{ Name: "RLIMIT_CORE", Soft: 1, Hard: 2 }]),
      Sysctls: { "net.ipv4.ip_forward": "1" },
    },
  });
});

test("inspect of a running container shows what the kernel has", async () => {
  const port = await freePort();
  const id = await engine.detached(["--name", "web", "-p", `127.0.0.1:${port}:80`], "sleep", "1000");
  const document = await inspect("web");
  const init = Number(await engine.ok(["inspect", "--format", "{{.State.Pid}}", "web"]));
  expect(document).toMatchObject({
    State: { Status: "running", Running: true, Pid: init, FinishedAt: "0001-01-01T00:00:00Z" },
    NetworkSettings: {
      Ports: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      SandboxKey: `/proc/${init}/ns/net`,
      Networks: { bridge: { Aliases: [id.slice(0, 12)] } },
    },
  });
});

test("sizes are there only when asked for", async () => {
  await engine.ok(["run", "--name", "big", "bb:1", "sh", "-c", "head -c 100000 /dev/zero > /f"]);
  expect(await inspect("big")).not.toHaveProperty("SizeRw");
  const { SizeRw: own, SizeRootFs: root } = (await inspect("big", "--size")) as Record<string, number>;
  expect(own).toBeGreaterThanOrEqual(100_000);
  expect(own).toBeLessThan(200_000);
  expect(root).toBeGreaterThan(1_000_000);
});

test("of several names those that are known are shown, and the others told of, with 125", async () => {
  await engine.ok(["create", "--name", "one", "bb:1"]);
  await engine.ok(["volume", "create", "kept"]);
  const { code, stdout, stderr } = await engine.run(["inspect", "--format", "{{.Name}}", "nosuch", "one", "kept"]);
  expect({ code, stdout }).toEqual({ code: 125, stdout: "one\nkept\n" });
  expect(stderr).toStartWith('Error: inspecting object: no such object: "nosuch"\n');
  const none = await engine.run(["inspect", "nosuch"]);
  expect([none.code, none.stdout]).toEqual([125, "[]\n"]);
  await engine.ok(["volume", "rm", "kept"]);
});

test("a type keeps other things of the same name out, and --latest is a container", async () => {
  await engine.ok(["create", "--name", "both", "bb:1"]);
  await engine.ok(["volume", "create", "both"]);
  const name = ["--format", "{{.Name}} {{.Driver}}"];
  expect(await engine.ok(["inspect", ...name, "both"])).toBe("both overlay");
  expect(await engine.ok(["inspect", "--type", "volume", ...name, "both"])).toBe("both local");
  expect(await engine.ok(["inspect", "--latest", ...name])).toBe("both overlay");
  expect((await engine.run(["inspect", "--type", "image", "both"])).stderr).toContain("both");
  await engine.ok(["volume", "rm", "both"]);
});

test("templates print structs, maps, times and what is not there as Go does", async () => {
  await engine.ok(["create", "--name", "c", "--restart", "always", "-p", "18725:80", "--label", "a=b", "bb:1"]);
  const render = async (template: string): Promise<string> => await engine.ok(["inspect", "--format", template, "c"]);
  expect(await render("{{.HostConfig.RestartPolicy}} {{.Config.Labels}} {{.Config.Entrypoint}}")).toBe(
    "{always 0} map[a:b] []",
  );
  expect(await render("{{.HostConfig.PortBindings}} {{.NetworkSettings.Ports}}")).toBe(
    "map[80/tcp:[{0.0.0.0 18725}]] map[80/tcp:[{0.0.0.0 18725}]]",
  );
  expect(await render("{{.State.FinishedAt}} {{.Config.OnBuild}}")).toBe("0001-01-01 00:00:00 +0000 UTC []");
  expect(await render("{{.ID}} {{.State.Health}}{{if .State.Health}}{{.State.Health.Status}}{{end}}")).toMatch(
    /^[0-9a-f]{64} <nil>$/,
  );
  const absent =
    "{{.State.ConmonPid}} {{.HostConfig.Init}} {{.Config.SystemdMode}} {{.Config.Secrets}} {{.SizeRootFs}}";
  expect(await render(`${absent} {{.HostConfig.LogConfig.Config}}`)).toBe("0 false false [] 0 map[]");
  expect(await inspect("c")).toMatchObject({ State: expect.not.objectContaining({ ConmonPid: 0 }) as object });
  await engine.ok(["create", "--name", "checked", "--health-cmd", "true", "--health-interval", "90s", "bb:1"]);
  const interval = ["--format", "{{.Config.Healthcheck.Interval}} {{.Config.Timeout}}", "checked"];
  expect(await engine.ok(["inspect", ...interval])).toBe("1m30s 0");
  expect(await render("{{.Created}}")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC$/);
  expect((await engine.run(["inspect", "--format", "{{.Nmae}}", "c"])).stderr).toBe(
    'Error: template: inspect:1:2: executing "inspect" at <.Nmae>: can\'t evaluate field Nmae in type struct\n  did you mean .Name?\n',
  );
});
