import { expect, test } from "bun:test";
import { DOCKER_OPERATIONS } from "../../src/api/docker/described.ts";
import { DOCKER_ROUTES } from "../../src/api/docker/routes.ts";
import { makeAsker, TAR, unasked } from "../fixtures/ask-described.ts";
import { eventually, IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

const { ask, hijack, tarOf, seen } = makeAsker(engine, service);

test("every route is described, and nothing else", () => {
  const routes = DOCKER_ROUTES.map(([route]) => route).toSorted();
  const described = Object.keys(DOCKER_OPERATIONS).filter((route) => route !== "GET /openapi.json");
  expect(described.toSorted()).toEqual([...new Set(routes)]);
});

test("the description is served, as OpenAPI 3.1", async () => {
  const document = await service.json<{ openapi: string; info: { title: string }; paths: object }>(
    "GET",
    "/openapi.json",
  );
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Estiba" } });
  expect(Object.keys(document.paths)).toContain("/containers/{id}/json");
});

test("containers are answered about as described", async () => {
  await ask("GET /_ping", "/_ping");
  await ask("HEAD /_ping", "/_ping");
  await ask("GET /version", "/version");
  await ask("GET /info", "/info");
  await ask("GET /plugins", "/plugins");
  await ask("GET /openapi.json", "/openapi.json");
  const since = Math.floor(Date.now() / 1000);
  await ask("POST /containers/create", "/containers/create?name=box", {
    Image: IMAGE,
    Cmd: ["sleep", "1000"],
    OpenStdin: true,
    Tty: true,
    ExposedPorts: { "80/tcp": {} },
    Labels: { a: "b" },
    Healthcheck: { Test: ["CMD", "true"], Interval: 1e9 },
    HostConfig: {
      Binds: ["box:/v", "/tmp:/host:ro"],
      Tmpfs: { "/scratch": "" },
      PortBindings: { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
      CapAdd: ["NET_ADMIN"],
      ExtraHosts: ["a:10.0.0.1"],
      Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" }],
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 },
      Memory: 64e6,
    },
  });
  await ask("GET /containers/{id}/json", "/containers/box/json?size=1");
  await ask("POST /containers/{id}/start", "/containers/box/start");
  await ask("POST /containers/{id}/start", "/containers/box/start");
  await ask("GET /containers/{id}/json", "/containers/box/json");
  await ask("GET /containers/json", "/containers/json?all=1&size=1");
  await ask("GET /containers/{id}/top", "/containers/box/top");
  await ask("GET /containers/{id}/changes", "/containers/box/changes");
  await ask("GET /containers/{id}/stats", "/containers/box/stats?stream=0&one-shot=1");
  await ask("GET /containers/{id}/logs", "/containers/box/logs?stdout=1");
  await ask("GET /containers/{id}/export", "/containers/box/export");
  await ask("HEAD /containers/{id}/archive", "/containers/box/archive?path=/tmp");
  const archive = await ask("GET /containers/{id}/archive", "/containers/box/archive?path=/etc/passwd");
  await ask("PUT /containers/{id}/archive", "/containers/box/archive?path=/tmp", archive, TAR);
  await ask("GET /containers/{id}/changes", "/containers/box/changes");
  await ask("POST /containers/{id}/resize", "/containers/box/resize?h=20&w=80");
  await ask("POST /containers/{id}/update", "/containers/box/update", { Memory: 128e6 });
  await hijack("POST /containers/{id}/attach", "/containers/box/attach?stream=1&stdout=1");
  await hijack("GET /containers/{id}/attach/ws", "/containers/box/attach/ws?stream=1&stdout=1", "", "websocket");
  const { Id } = (await ask("POST /containers/{id}/exec", "/containers/box/exec", {
    Cmd: ["sleep", "1000"],
    Tty: true,
    AttachStdout: true,
  })) as { Id: string };
  await hijack("POST /exec/{id}/start", `/exec/${Id}/start`, "{}");
  await ask("POST /exec/{id}/resize", `/exec/${Id}/resize?h=20&w=80`);
  await ask("GET /exec/{id}/json", `/exec/${Id}/json`);
  await ask("GET /containers/{id}/json", "/containers/box/json");
  await ask("POST /containers/{id}/rename", "/containers/box/rename?name=case");
  await ask("POST /commit", "/commit?container=case&repo=made", { Cmd: ["true"] });
  await ask("POST /containers/{id}/pause", "/containers/case/pause");
  await ask("POST /containers/{id}/unpause", "/containers/case/unpause");
  await ask("POST /containers/{id}/restart", "/containers/case/restart?t=0");
  await ask("POST /containers/{id}/kill", "/containers/case/kill");
  await ask("POST /containers/{id}/wait", "/containers/case/wait");
  await ask("POST /containers/{id}/stop", "/containers/case/stop?t=0");
  await ask("GET /containers/{id}/json", "/containers/case/json");
  await ask("GET /system/df", "/system/df");
  await ask("DELETE /containers/{id}", "/containers/case?v=1");
  await ask("POST /containers/prune", "/containers/prune");
  await ask("GET /events", `/events?since=${since}&until=${Math.ceil(Date.now() / 1000)}`);
  await ask("DELETE /images/{name*}", "/images/made");
});

test("images, networks and volumes are answered about as described", async () => {
  await using registry = await startRegistry();
  await registry.push(`oci:${engine.images.get(IMAGE)?.layout}:${IMAGE}`, "app:1");
  const name = `${registry.host}/app`;
  await ask("POST /images/create", `/images/create?fromImage=${name}&tag=1`);
  await ask("GET /images/json", "/images/json?all=1");
  await ask("GET /images/{name*}/json", `/images/${name}:1/json`);
  await ask("GET /images/{name*}/history", `/images/${name}:1/history`);
  await ask("POST /images/{name*}/tag", `/images/${name}:1/tag?repo=${name}&tag=2`);
  await ask("POST /images/{name*}/push", `/images/${name}/push?tag=2`);
  await ask("GET /images/search", `/images/search?term=${registry.host}/app`);
  await ask("GET /distribution/{name*}/json", `/distribution/${name}:2/json`);
  const archive = await ask("GET /images/{name*}/get", `/images/${name}:2/get`);
  await ask("GET /images/get", `/images/get?names=${name}:1&names=${name}:2`);
  await ask("DELETE /images/{name*}", `/images/${name}:2`);
  await ask("POST /images/load", "/images/load", archive, TAR);
  await ask("DELETE /images/{name*}", `/images/${name}:2`);
  await ask("DELETE /images/{name*}", `/images/${name}:1`);
  const context = await tarOf("described", {
    Dockerfile: `FROM ${IMAGE}\nEXPOSE 80\nHEALTHCHECK CMD true\nRUN true\n`,
  });
  await ask("POST /build", "/build?t=built:1", context, TAR);
  await ask("GET /images/{name*}/json", "/images/built:1/json");
  await ask("DELETE /images/{name*}", "/images/built:1");
  await ask("POST /build/cancel", "/build/cancel?id=none");
  await ask("POST /build/prune", "/build/prune");
  await ask("POST /images/prune", "/images/prune");
  await ask("POST /auth", "/auth", { username: "a", password: "b", serveraddress: registry.host });
  await ask("POST /networks/create", "/networks/create", { Name: "net", Labels: { a: "b" } });
  await ask("POST /containers/create", "/containers/create?name=on", { Image: IMAGE, Cmd: ["sleep", "1000"] });
  await ask("POST /networks/{id}/connect", "/networks/net/connect", { Container: "on" });
  await ask("POST /containers/{id}/start", "/containers/on/start");
  await ask("GET /networks", "/networks");
  await ask("GET /networks/{id}", "/networks/net");
  await ask("GET /containers/json", "/containers/json");
  await ask("POST /networks/{id}/disconnect", "/networks/net/disconnect", { Container: "on" });
  await ask("DELETE /networks/{id}", "/networks/net");
  await ask("POST /networks/prune", "/networks/prune");
  await ask("POST /volumes/create", "/volumes/create", { Name: "vol" });
  await ask("GET /volumes", "/volumes");
  await ask("GET /volumes/{name}", "/volumes/vol");
  await ask("DELETE /volumes/{name}", "/volumes/vol");
  await ask("POST /volumes/prune", "/volumes/prune");
});

/** Everything that a service may be described by. */
const SERVICE = {
  Name: "web",
  Labels: { a: "b" },
  TaskTemplate: {
    ContainerSpec: {
      Image: IMAGE,
      Args: ["sleep", "1000"],
      Env: ["A=b"],
      Hosts: ["10.0.0.1 db"],
      Groups: ["7"],
      ReadOnly: true,
      Init: true,
      Privileges: { NoNewPrivileges: true },
      CapabilityAdd: ["NET_ADMIN"],
      Sysctls: { "net.core.somaxconn": "200" },
      Ulimits: [{ Name: "nofile", Soft: 100, Hard: 200 }],
      DNSConfig: { Nameservers: ["10.1.1.1"] },
      Mounts: [
        { Type: "volume", Source: "data", Target: "/data" },
        { Type: "bind", Source: "/tmp", Target: "/host", ReadOnly: true },
        { Type: "tmpfs", Target: "/scratch", TmpfsOptions: { SizeBytes: 1_000_000, Mode: 0o700 } },
      ],
      Healthcheck: { Test: ["CMD", "true"], Interval: 1e9 },
      StopGracePeriod: 0,
    },
    Resources: { Limits: { MemoryBytes: 64e6 }, Reservations: { NanoCPUs: 1e7 } },
    LogDriver: { Name: "json-file", Options: { "max-size": "1000000" } },
    Placement: {
      Constraints: ["node.role==manager"],
      Preferences: [{ Spread: { SpreadDescriptor: "node.labels.a" } }],
    },
  },
  Mode: { Replicated: { Replicas: 1 } },
  UpdateConfig: { Parallelism: 1, Monitor: 1e8, MaxFailureRatio: 0.5 },
  EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 18_081, PublishMode: "host" }] },
};

test("a cluster, its nodes, services and tasks are answered about as described", async () => {
  const other = new TestEngine();
  const atHome = ["--listen-addr", "127.0.0.1:0", "--advertise-addr", "127.0.0.1"];
  try {
    await other.ok(["swarm", "init", ...atHome]);
    const [, token, at] = /--token (\S+) (\S+)/.exec(await other.ok(["swarm", "join-token", "worker"])) ?? [];
    await ask("POST /swarm/join", "/swarm/join", { RemoteAddrs: [at], JoinToken: token, AdvertiseAddr: "" });
    await ask("GET /info", "/info");
    await ask("POST /swarm/leave", "/swarm/leave");
    await other.ok(["swarm", "leave", "--force"]);
    await ask("POST /swarm/init", "/swarm/init", { ListenAddr: "127.0.0.1:0", AdvertiseAddr: "127.0.0.1" });
    await ask("GET /info", "/info");
    const swarm = (await ask("GET /swarm", "/swarm")) as { Version: { Index: number }; Spec: object };
    const version = `version=${swarm.Version.Index}`;
    await ask("POST /swarm/update", `/swarm/update?${version}&rotateWorkerToken=1`, swarm.Spec);
    await ask("GET /swarm/unlockkey", "/swarm/unlockkey");
    const [, ours = "", where = ""] =
      /--token (\S+) (\S+)/.exec(await engine.ok(["swarm", "join-token", "worker"])) ?? [];
    await other.ok(["swarm", "join", "--token", ours, where]);
    const nodes = (await ask("GET /nodes", "/nodes")) as {
      ID: string;
      Version: { Index: number };
      Spec: { Role: string };
    }[];
    const worker = nodes.find(({ Spec }) => Spec.Role === "worker");
    const change = { ...worker?.Spec, Labels: { zone: "eu" }, Availability: "drain" };
    await ask("POST /nodes/{id}/update", `/nodes/${worker?.ID}/update?version=${worker?.Version.Index}`, change);
    await ask("GET /nodes/{id}", `/nodes/${worker?.ID}`);
    await other.ok(["swarm", "leave"]);
    await ask("DELETE /nodes/{id}", `/nodes/${worker?.ID}?force=1`);
    const Data = Buffer.from("said").toString("base64");
    const uses: Record<string, unknown> = {};
    for (const kind of ["secret", "config"] as const) {
      const made = { Name: kind, Labels: { a: "b" }, Data };
      const { ID } = (await ask(`POST /${kind}s/create`, `/${kind}s/create`, made)) as { ID: string };
      await ask(`GET /${kind}s`, `/${kind}s`);
      const seen_ = (await ask(`GET /${kind}s/{id}`, `/${kind}s/${kind}`)) as {
        Version: { Index: number };
        Spec: object;
      };
      await ask(`POST /${kind}s/{id}/update`, `/${kind}s/${ID}/update?version=${seen_.Version.Index}`, seen_.Spec);
      const title = kind === "secret" ? "Secret" : "Config";
      const File = { Name: `/etc/${kind}`, UID: "0", GID: "0", Mode: 0o400 };
      uses[`${title}s`] = [{ File, [`${title}ID`]: ID, [`${title}Name`]: kind }];
    }
    const { TaskTemplate } = SERVICE;
    const ContainerSpec = { ...TaskTemplate.ContainerSpec, ...uses };
    await ask("POST /services/create", "/services/create", {
      ...SERVICE,
      TaskTemplate: { ...TaskTemplate, ContainerSpec },
    });
    await eventually(
      async () => (await ask("GET /services", "/services?status=1")) as { ServiceStatus: { RunningTasks: number } }[],
      ([row]) => row?.ServiceStatus.RunningTasks === 1,
    );
    const before = (await ask("GET /services/{id}", "/services/web")) as { Version: { Index: number }; Spec: object };
    const path = `/services/web/update?version=${before.Version.Index}`;
    await ask("POST /services/{id}/update", path, { ...before.Spec, Labels: {} });
    await ask("GET /services/{id}", "/services/web");
    const tasks = (await ask("GET /tasks", '/tasks?filters={"service":{"web":true}}')) as { ID: string }[];
    await ask("GET /tasks/{id}", `/tasks/${tasks[0]?.ID}`);
    await ask("GET /tasks/{id}/logs", `/tasks/${tasks[0]?.ID}/logs?stdout=1`);
    await ask("GET /services/{id}/logs", "/services/web/logs?stdout=1&details=1");
    await ask("DELETE /services/{id}", "/services/web");
    for (const kind of ["secret", "config"]) await ask(`DELETE /${kind}s/{id}`, `/${kind}s/${kind}`);
  } finally {
    await other.run(["swarm", "leave", "--force"]);
    await other.dispose();
    await engine.run(["swarm", "leave", "--force"]);
  }
});

test("these tests have asked for every operation that answers anything", () => {
  expect(unasked(seen).filter((route) => !route.includes(" /libpod/"))).toEqual([]);
});
