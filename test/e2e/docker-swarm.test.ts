import { afterEach, describe, expect, test } from "bun:test";
import { eventually, IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, TestService, useService } from "../fixtures/service.ts";

const engine = useEngine({ images: [{ name: "bb:2", files: { "etc/two": "" } }] });
const service = useService(engine);
const GRACE = ["--no-resolve-image", "--stop-grace-period", "0s", "--restart-delay", "100ms"];
const QUICK = [...GRACE, "--update-monitor", "100ms", "--rollback-monitor", "100ms"];

afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

async function init(): Promise<string> {
  return await service.dockerOk(["swarm", "init", "--listen-addr", "127.0.0.1:0", "--advertise-addr", "127.0.0.1"]);
}

async function create(options: readonly string[], ...command: string[]): Promise<string> {
  // Jobs have no rules of updates.
  const quick = options.includes("replicated-job") ? GRACE : QUICK;
  return await service.dockerOk(["service", "create", "-q", ...quick, ...options, IMAGE, ...command]);
}

/** Name, image, desired and current state of each task. */
async function tasks(name: string): Promise<string[]> {
  const format = "{{.Name}} {{.Image}} {{.DesiredState}} {{.CurrentState}}";
  const out = await service.dockerOk(["service", "ps", "--format", format, name]);
  return out.split("\n").map((row) => row.trim().replace(/^\\_ /, "").split(" ").slice(0, 4).join(" "));
}

async function inspect(name: string, template: string): Promise<string> {
  return await service.dockerOk(["service", "inspect", "--format", template, name]);
}

describe.skipIf(NO_DOCKER !== undefined)("the docker command at a cluster", () => {
  test("founds it, tells of it, and leaves it; outside of one it is told so", async () => {
    for (const args of [
      ["service", "ls"],
      ["node", "ls"],
    ]) {
      const { code, stderr } = await service.docker(args);
      expect([code, stderr]).toEqual([1, expect.stringContaining("This node is not a swarm manager")]);
    }
    expect(await service.dockerOk(["info", "--format", "{{.Swarm.LocalNodeState}}"])).toBe("inactive");
    expect(await init()).toMatch(/is now a manager\.[^]*docker swarm join --token SWMTKN-1-[0-9a-z-]+ 127\.0\.0\.1/);
    const facts = "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Nodes}} {{.Swarm.Managers}}";
    expect(await service.dockerOk(["info", "--format", facts])).toBe("active true 1 1");
    expect(await service.dockerOk(["info"])).toContain("Is Manager: true");
    const again = await service.docker(["swarm", "init"]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("already part of a swarm")]);
    const token = await service.dockerOk(["swarm", "join-token", "-q", "worker"]);
    expect(await service.dockerOk(["swarm", "join-token", "-q", "--rotate", "worker"])).not.toBe(token);
    const kept = await service.docker(["swarm", "leave"]);
    expect([kept.code, kept.stderr]).toEqual([1, expect.stringContaining("--force")]);
    expect(await service.dockerOk(["swarm", "leave", "--force"])).toBe("Node left the swarm.");
    expect((await service.docker(["swarm", "leave"])).stderr).toContain("not part of a swarm");
  });

  test("makes a network of the cluster, puts a service on it, and keeps it as long as that is there", async () => {
    await init();
    // Another run of these tests on this machine would have the same one.
    const subnet = `10.47.${process.pid % 256}.0/24`;
    const words = ["network", "create", "-d", "overlay", "--subnet", subnet, "--label", "tier=back", "back"];
    const id = await service.dockerOk(words);
    const format = "{{.ID}} {{.Name}} {{.Driver}} {{.Scope}}";
    expect(await service.dockerOk(["network", "ls", "--no-trunc", "--filter", "scope=swarm", "--format", format])).toBe(
      `${id} back overlay swarm`,
    );
    await create(["--name", "web", "--network", "back"], "sleep", "1000");
    expect(await inspect("web", "{{.Endpoint.Spec.Mode}} {{(index .Endpoint.VirtualIPs 0).NetworkID}}")).toBe(
      `vip ${id}`,
    );
    expect(await service.dockerOk(["network", "inspect", "--format", "{{len .Containers}} {{.Labels}}", "back"])).toBe(
      "1 map[tier:back]",
    );
    // The client looks for networks by their ids.
    const networks = "{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{end}}";
    expect(await inspect("web", networks)).toBe(id);
    const refused = await service.docker(["service", "update", "--isolation", "hyperv", "web"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("it is of Windows")]);
    const used = await service.docker(["network", "rm", "back"]);
    expect([used.code, used.stderr]).toEqual([1, expect.stringContaining("in use by service web")]);
    const alone = await service.docker(["run", "--rm", "--network", "back", IMAGE, "true"]);
    expect([alone.code, alone.stderr]).toEqual([125, expect.stringContaining("network back not manually attachable")]);
    await service.dockerOk(["service", "update", "-q", "--network-rm", "back", "web"]);
    expect(await inspect("web", networks)).toBe("");
    await service.dockerOk(["service", "rm", "web"]);
    await eventually(
      async () => (await service.docker(["network", "rm", "back"])).code,
      (code) => code === 0,
      30_000,
    );
  });

  test("creates, lists, inspects, scales, updates, rolls back and removes a service", async () => {
    await init();
    const templates = ["--hostname", "{{.Service.Name}}-{{.Task.Slot}}", "-e", "A={{.Service.Labels.tier}}"];
    const words = ["--name", "web", "--replicas", "2", "--label", "tier=front", ...templates];
    const id = await create(words, "sleep", "1000");
    expect(await engine.ok(["exec", "web.2", "sh", "-c", "hostname; echo $A"])).toBe("web-2\nfront");
    const bad = await service.docker(["service", "create", "--hostname", "{{.Task.No}}", IMAGE]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('cannot expand "{{.Task.No}}"')]);
    expect(id).toMatch(/^[0-9a-z]{25}$/);
    expect(await service.dockerOk(["service", "ls", "--format", "{{.Name}} {{.Mode}} {{.Replicas}} {{.Image}}"])).toBe(
      `web replicated 2/2 ${IMAGE}`,
    );
    expect(await service.dockerOk(["service", "ls", "-q", "--filter", "label=tier=back"])).toBe("");
    expect(await tasks("web")).toEqual([`web.1 ${IMAGE} Running Running`, `web.2 ${IMAGE} Running Running`]);
    expect(await service.dockerOk(["service", "inspect", "--pretty", "web"])).toMatch(
      /Name:\s+web\n[^]*Replicas:\s+2\n[^]*Image:\s+bb:1\n[^]*Args:\s+sleep 1000/,
    );
    expect(await service.dockerOk(["service", "scale", "web=1"])).toContain("web scaled to 1");
    await service.dockerOk([
      "service",
      "update",
      "-q",
      "--no-resolve-image",
      "--image",
      "bb:2",
      "--env-add",
      "C=d",
      "web",
    ]);
    // The client keeps variables in no order.
    expect(await inspect("web", "{{.Spec.TaskTemplate.ContainerSpec.Env}} {{.UpdateStatus.State}}")).toMatch(
      /^\[(?:A=\S+ C=d|C=d A=\S+)\] completed$/,
    );
    expect((await tasks("web"))[0]).toBe("web.1 bb:2 Running Running");
    await service.dockerOk(["service", "rollback", "-q", "web"]);
    await eventually(
      async () => await inspect("web", "{{.Spec.TaskTemplate.ContainerSpec.Image}} {{.UpdateStatus.State}}"),
      (said) => said === `${IMAGE} rollback_completed`,
    );
    const stale = await service.request("POST", "/services/web/update?version=1", {});
    expect([stale.status, await stale.text()]).toEqual([400, expect.stringContaining("image reference")]);
    expect(await service.dockerOk(["service", "rm", "web"])).toBe("web");
    expect((await service.docker(["service", "inspect", "web"])).stderr).toContain("no such service: web");
  });

  test("shows what tasks print, each line with its task", async () => {
    await init();
    await create(["--name", "talk", "--replicas", "2"], "sh", "-c", "echo said; echo wrong >&2; exec sleep 1000");
    const shown = await eventually(
      async () => await service.docker(["service", "logs", "talk"]),
      ({ stdout, stderr }) => stdout.split("\n").length === 3 && stderr.split("\n").length === 3,
    );
    expect(shown.stdout).toMatch(/^talk\.[12]\.[0-9a-z]{12}@\S+ +\| said$/m);
    expect(shown.stderr).toMatch(/^talk\.[12]\.[0-9a-z]{12}@\S+ +\| wrong$/m);
    const [task = ""] = (await service.dockerOk(["service", "ps", "-q", "--no-trunc", "talk"])).split("\n");
    expect((await service.docker(["service", "logs", "--raw", task])).stdout).toBe("said\n");
    expect((await service.docker(["service", "logs", "-t", "--tail", "1", task])).stderr).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z talk\.\d.* \| wrong$/m,
    );
    expect((await service.docker(["service", "logs", "nothing"])).stderr).toContain("no such task or service");
  });

  test("has nodes listed, labelled and drained, and a second machine join", async () => {
    await init();
    const other = new TestEngine();
    const second = new TestService(other);
    try {
      await other.load();
      await second.start();
      const joining = await service.dockerOk(["swarm", "join-token", "worker"]);
      const [, token = "", at = ""] = /--token (\S+) (\S+)/.exec(joining) ?? [];
      expect(await second.dockerOk(["swarm", "join", "--token", token, at])).toContain("joined a swarm as a worker");
      expect((await second.docker(["node", "ls"])).stderr).toContain("Worker nodes can't be used");
      expect(await second.dockerOk(["info", "--format", "{{.Swarm.LocalNodeState}}"])).toBe("active");
      const rows = await service.dockerOk([
        "node",
        "ls",
        "--format",
        "{{.ID}} {{.Self}} {{.Status}} {{.ManagerStatus}}",
      ]);
      const worker =
        rows
          .split("\n")
          .find((row) => row.includes(" false "))
          ?.split(" ")[0] ?? "";
      expect(rows).toMatch(/ true Ready Leader$/m);
      expect(rows).toMatch(/ false Ready ?$/m);
      await service.dockerOk(["node", "update", "--label-add", "zone=eu", worker]);
      await create(["--name", "web", "--constraint", "node.labels.zone==eu"], "sleep", "1000");
      expect(await service.dockerOk(["node", "ps", "--format", "{{.Name}} {{.DesiredState}}", worker])).toBe(
        "web.1 Running",
      );
      expect(await service.dockerOk(["node", "inspect", "--pretty", worker])).toContain("zone=eu");
      await service.dockerOk(["node", "update", "--label-rm", "zone", "--availability", "drain", worker]);
      expect(await service.dockerOk(["node", "inspect", "-f", "{{.Spec.Availability}} {{.Spec.Labels}}", worker])).toBe(
        "drain map[]",
      );
      expect(await second.dockerOk(["swarm", "leave"])).toBe("Node left the swarm.");
      await eventually(
        async () => (await service.docker(["node", "rm", worker])).code,
        (code) => code === 0,
      );
    } finally {
      await other.run(["swarm", "leave", "--force"]);
      await second.end();
      await other.clear();
      await other.dispose();
    }
  }, 60_000);

  test("waits for a job, and for one task on each node", async () => {
    await init();
    await create(["--name", "batch", "--mode", "replicated-job", "--replicas", "3", "--max-concurrent", "2"], "true");
    expect(await service.dockerOk(["service", "ls", "--format", "{{.Mode}} {{.Replicas}}"])).toBe(
      "replicated job 0/2 (3/3 completed)",
    );
    await create(["--name", "each", "--mode", "global"], "sleep", "1000");
    expect((await tasks("each"))[0]).toEndWith("Running Running");
  });

  test("has what it says of a service come back, and leaves alone what it has no words for", async () => {
    await init();
    const said = [
      ["--hostname", "inside"],
      ["--workdir", "/tmp"],
      ["--user", "7"],
      ["--group", "8"],
      ["--container-label", "k=v"],
      ["--cap-add", "NET_ADMIN"],
      ["--sysctl", "net.core.somaxconn=200"],
      ["--ulimit", "nofile=100:200"],
      ["--host", "db:10.9.9.9"],
      ["--dns", "10.1.1.1"],
      ["--dns-search", "example.org"],
      ["--mount", "type=volume,source=vol,target=/data"],
      ["--mount", "type=tmpfs,target=/scratch,tmpfs-size=1000000"],
      ["--limit-memory", "64m"],
      ["--limit-pids", "50"],
      ["--reserve-cpu", "0.1"],
      ["--health-cmd", "true"],
      ["--health-interval", "1s"],
      ["--stop-signal", "SIGINT"],
      ["--read-only"],
      ["--init"],
      ["--log-driver", "json-file"],
      ["--log-opt", "max-size=1000000"],
      ["--placement-pref", "spread=node.labels.zone"],
      ["--restart-condition", "on-failure"],
      ["--publish", "published=18080,target=80,mode=host"],
    ];
    await service.dockerOk([
      "service",
      "create",
      "-d",
      ...QUICK,
      "--name",
      "web",
      ...said.flat(),
      IMAGE,
      "sleep",
      "1000",
    ]);
    const spec = JSON.parse(await inspect("web", "{{json .Spec}}")) as Record<string, unknown>;
    expect(spec).toMatchObject({
      TaskTemplate: {
        ContainerSpec: {
          Hostname: "inside",
          Dir: "/tmp",
          User: "7",
          Groups: ["8"],
          Labels: { k: "v" },
          CapabilityAdd: ["CAP_NET_ADMIN"],
          Sysctls: { "net.core.somaxconn": "200" },
          Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }],
          Hosts: ["10.9.9.9 db"],
          DNSConfig: { Nameservers: ["10.1.1.1"], Search: ["example.org"] },
          Mounts: [
            { Type: "volume", Source: "vol", Target: "/data" },
            { Type: "tmpfs", Target: "/scratch", TmpfsOptions: { SizeBytes: 1_000_000 } },
          ],
          Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 1e9 },
          StopSignal: "SIGINT",
          ReadOnly: true,
          Init: true,
        },
        Resources: { Limits: { MemoryBytes: 64 << 20, Pids: 50 }, Reservations: { NanoCPUs: 1e8 } },
        LogDriver: { Name: "json-file", Options: { "max-size": "1000000" } },
        Placement: { Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }] },
        RestartPolicy: { Condition: "on-failure" },
      },
      EndpointSpec: { Ports: [{ PublishedPort: 18_080, TargetPort: 80, PublishMode: "host" }] },
    });
    // What only Estiba has: a device, the kind of placement, the deadline.
    const own = ["--device", "/dev/null:/dev/nothing", "--placement", "binpack", "--update-progress-deadline", "33s"];
    await engine.ok([
      "service",
      "create",
      "-q",
      "--update-monitor",
      "50ms",
      "--stop-grace-period",
      "0s",
      "--name",
      "own",
      ...own,
      IMAGE,
      "sleep",
      "1000",
    ]);
    await service.dockerOk(["service", "update", "-q", "--no-resolve-image", "--env-add", "A=b", "own"]);
    const [row = ""] = (
      await engine.ok(["ps", "--filter", "label=com.docker.swarm.service.name=own", "--format", "{{.Names}}"])
    ).split("\n");
    expect(await engine.ok(["exec", row, "sh", "-c", "echo $A; ls /dev/nothing"])).toBe("b\n/dev/nothing");
    expect(await engine.ok(["service", "inspect", "--format", "{{.Spec.UpdateConfig.ProgressDeadline}}", "own"])).toBe(
      "33000000000",
    );
  });

  test("keeps secrets and configs, and gives them to services", async () => {
    await init();
    const said = { stdin: "hunter2" };
    const id = await service.dockerOk(["secret", "create", "-l", "a=b", "password", "-"], said);
    await service.dockerOk(["config", "create", "web.conf", "-"], said);
    expect(await service.dockerOk(["secret", "ls", "--format", "{{.ID}} {{.Name}}"])).toBe(`${id} password`);
    expect(await service.dockerOk(["config", "ls", "-q", "--filter", "name=other"])).toBe("");
    expect(await service.dockerOk(["config", "inspect", "--pretty", "web.conf"])).toContain("hunter2");
    expect(await service.dockerOk(["secret", "inspect", "--pretty", "password"])).toContain("a=b");
    const files = [
      "--secret",
      "source=password,target=key,mode=0400",
      "--config",
      "source=web.conf,target=/etc/web.conf",
    ];
    await create(["--name", "web", ...files], "sleep", "1000");
    const [row = ""] = (await engine.ok(["ps", "--format", "{{.Names}}"])).split("\n");
    expect(await engine.ok(["exec", row, "cat", "/run/secrets/key", "/etc/web.conf"])).toBe("hunter2hunter2");
    expect(await service.dockerOk(["service", "inspect", "--pretty", "web"])).toMatch(/Source:\s+password/);
    expect((await service.docker(["secret", "rm", "password"])).stderr).toContain(
      "is in use by the following service: web",
    );
    await service.dockerOk(["service", "update", "-q", "--no-resolve-image", "--secret-rm", "password", "web"]);
    expect(await service.dockerOk(["secret", "rm", "password"])).toBe("password");
    expect((await service.docker(["secret", "inspect", "password"])).stderr).toContain("not found");
  });

  test("deploys a stack, lists it and removes it", async () => {
    await init();
    const file = engine.path("stack.yaml");
    await Bun.write(
      file,
      `
services:
  web:
    image: ${IMAGE}
    command: sleep 1000
    stop_grace_period: 0s
    secrets: [password]
    configs: [{ source: conf, target: /etc/web.conf }]
    deploy: { replicas: 2, update_config: { monitor: 100ms } }
secrets: { password: { file: ./password } }
configs: { conf: { file: ./password } }
`,
    );
    await Bun.write(engine.path("password"), "hunter2");
    const options = ["--resolve-image", "never", "--detach=false", "-q", "-c", file];
    await service.dockerOk(["stack", "deploy", ...options, "shop"]);
    expect(
      await service.dockerOk(["network", "ls", "--filter", "scope=swarm", "--format", "{{.Name}} {{.Driver}}"]),
    ).toBe("shop_default overlay");
    expect(await service.dockerOk(["stack", "ls", "--format", "{{.Name}} {{.Services}}"])).toBe("shop 1");
    expect(await service.dockerOk(["stack", "services", "--format", "{{.Name}} {{.Replicas}}", "shop"])).toBe(
      "shop_web 2/2",
    );
    const [row = ""] = (await engine.ok(["ps", "--format", "{{.Names}}"])).split("\n");
    expect(await engine.ok(["exec", row, "cat", "/run/secrets/password", "/etc/web.conf"])).toBe("hunter2hunter2");
    // Deployed again, all of it stays as it is.
    await service.dockerOk(["stack", "deploy", ...options, "shop"]);
    const tasks_ = await service.dockerOk(["stack", "ps", "--format", "{{.Name}} {{.DesiredState}}", "shop"]);
    expect(tasks_.split("\n").toSorted()).toEqual(["shop_web.1 Running", "shop_web.2 Running"]);
    expect(await service.dockerOk(["stack", "rm", "shop"])).toContain("Removing network shop_default");
    expect(await service.dockerOk(["stack", "ls", "--format", "{{.Name}}"])).toBe("");
  });

  test("is told what cannot be", async () => {
    await init();
    await create(["--name", "web"], "sleep", "1000");
    for (const [args, text] of [
      [["service", "create", "-d", "--no-resolve-image", "--name", "web", IMAGE], "already exists"],
      [
        ["service", "create", "-d", "--no-resolve-image", "--constraint", "zone", IMAGE],
        "invalid placement constraint",
      ],
      [["service", "create", "-d", "--no-resolve-image", "--stop-grace-period=-1s", IMAGE], "invalid StopGracePeriod"],
      [["service", "create", "-d", "--no-resolve-image", "--generic-resource", "gpu=1", IMAGE], "GenericResources"],
      [["service", "scale", "-d", "nothing=2"], "not found"],
      [["node", "update", "--role", "worker", "self"], "the last manager"],
      [["swarm", "update", "--task-history-limit", "9"], "TaskHistoryRetentionLimit cannot be changed"],
    ] as const) {
      const { code, stderr } = await service.docker(args);
      expect([args, code === 0, stderr]).toEqual([args, false, expect.stringContaining(text)]);
    }
  });
});
