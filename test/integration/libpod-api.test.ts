import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { lacking, SHAPES } from "../fixtures/libpod-shapes.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

const SLEEPER = ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"];

async function failure(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await service.request(method, path, body);
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
}

test("every answer tells the version; errors have cause, message and status", async () => {
  for (const path of [
    "/libpod/_ping",
    "/v4.3.1/libpod/_ping",
    "/v5.2.0/libpod/version",
    "/v4.0.0/libpod/pods/none/json",
  ])
    expect((await service.request("GET", path)).headers.get("Libpod-API-Version")).toMatch(/^5\./);
  expect((await service.request("GET", "/_ping")).headers.get("Libpod-API-Version")).toBeNull();
  expect(await failure("GET", "/v4.3.1/libpod/containers/none/json")).toEqual({
    status: 404,
    cause: "no such container",
    message: 'no container with name or ID "none" found: no such container',
    response: 404,
  });
  expect(await failure("GET", "/v4.3.1/libpod/nothing")).toMatchObject({ response: 404, message: "page not found" });
});

test("what cannot be is refused by name, whatever the client says of its type", async () => {
  for (const [body, said] of [
    ["{", "invalid JSON"],
    ["[]", "is not an object"],
    ['{"image":1}', "image is not a string"],
    [`{"image":"${IMAGE}","env":["A=1"]}`, "env is not an object"],
    [`{"image":"${IMAGE}","personality":{"domain":"LINUX32"}}`, '"personality" is not supported'],
    [`{"image":"${IMAGE}","cap_add":["NONSENSE"]}`, "NONSENSE"],
    [`{"image":"${IMAGE}","annotations":{"run.oci.x":"y"}}`, "run.oci.x"],
    [`{"image":"${IMAGE}","netns":{"nsmode":"pasta"}}`, "users without root"],
    ["{}", "must provide image or rootfs"],
  ] as const) {
    const answer = await failure("POST", "/libpod/containers/create", body);
    expect({ body, ...answer }).toMatchObject({ body, status: 400, message: expect.stringContaining(said) });
  }
  for (const path of [
    "/libpod/containers/a%00b/json",
    "/libpod/images/pull?reference=x&policy=sometimes",
    "/libpod/containers/none/wait?condition=never",
    "/libpod/build?isolation=2",
    "/libpod/build?nonsense=1",
    '/libpod/build?additionalbuildcontexts={"more":{"IsURL":true,"Value":"/etc"}}',
    '/libpod/build?cacheto=["type=local,dest=/tmp/none"]',
    "/libpod/play/kube?annotations=x",
    "/libpod/secrets/create",
  ])
    expect({ path, ...(await failure(path.endsWith("json") ? "GET" : "POST", path)) }).toMatchObject({
      path,
      status: 400,
    });
  expect(await service.json<unknown[]>("GET", "/libpod/containers/json?all=true")).toEqual([]);
});

test("an entrypoint and a signal have the types of the client's version", async () => {
  const { Id } = await service.json<{ Id: string }>(
    "POST",
    "/libpod/containers/create",
    { image: IMAGE, entrypoint: ["sleep", "1000"], stop_signal: 10 },
    201,
  );
  const config = async (version: string): Promise<unknown> => {
    const path = `${version}/libpod/containers/${Id}/json`;
    const { Config } = await service.json<{ Config: Record<string, unknown> }>("GET", path);
    return { Entrypoint: Config["Entrypoint"], StopSignal: Config["StopSignal"] };
  };
  expect(await config("/v4.3.1")).toEqual({ Entrypoint: "sleep 1000", StopSignal: 10 });
  expect(await config("/v5.0.0")).toEqual({ Entrypoint: ["sleep", "1000"], StopSignal: "SIGUSR1" });
  expect(await config("")).toEqual(await config("/v5.0.0"));
});

/** What Podman tells of itself, of its packages, of a check that has not been made yet, and of the image that it was recorded with. */
const NOT_TOLD: readonly RegExp[] = [
  /^host\.(buildahVersion|remoteSocket|slirp4netns)/,
  /package/,
  /^State\.Health/,
  /^History\[\]\.comment/,
];

test("answers have all that those of Podman's own service have, in the same types", async () => {
  const container = {
    image: IMAGE,
    name: "k1",
    command: ["sleep", "100"],
    entrypoint: ["/bin/busybox"],
    env: { A: "1" },
    labels: { x: "y" },
    portmappings: [{ container_port: 80, host_port: 0 }],
    volumes: [{ Name: "kv", Dest: "/data" }],
    healthconfig: { Test: ["CMD", "true"], Interval: 30e9, Timeout: 30e9, Retries: 3 },
    restart_policy: "on-failure",
    restart_tries: 3,
    r_limits: [{ type: "nofile", soft: 100, hard: 100 }],
  };
  await service.json("POST", "/libpod/volumes/create", { Name: "kv", Label: { a: "b" } }, 201);
  const made = await service.json<object>("POST", "/libpod/networks/create", { name: "kn", dns_enabled: true });
  expect(await service.json<object>("GET", "/libpod/networks/kn/json")).toEqual({ ...made, containers: {} });
  await service.json("POST", "/libpod/containers/create", container, 201);
  const pod = { name: "kp1", labels: { a: "b" }, portmappings: [{ container_port: 80, host_port: 0 }] };
  await service.json("POST", "/libpod/pods/create", pod, 201);
  const names = { container: "k1", image: IMAGE, volume: "kv", network: "kn", pod: "kp1" };
  const found: Record<string, string[]> = {};
  for (const [path, shape] of Object.entries(SHAPES)) {
    const whole = path.replace(/\{(\w+)\}/, (_, kind: keyof typeof names) => names[kind]);
    const answer = await service.json("GET", `/v4.3.1/libpod${whole}?all=true`);
    const lacks = lacking(answer, shape).filter((text) => !NOT_TOLD.some((pattern) => pattern.test(text)));
    if (lacks.length > 0) found[path] = lacks;
  }
  expect(found).toEqual({});
  await service.json("DELETE", "/libpod/pods/kp1?force=true");
  await service.json("DELETE", "/libpod/networks/kn");
});

test("an update takes limits, health checks and variables, and refuses what it does not know", async () => {
  await service.json("POST", "/libpod/containers/create", { image: IMAGE, name: "box", env: { OLD: "1" } }, 201);
  const change = {
    memory: { limit: 64e6 },
    DeviceReadBPs: [{ Path: "/dev/null", Rate: 1000 }],
    health_cmd: "true",
    health_interval: "1m",
    no_healthcheck: null,
    Env: ["NEW=2"],
    UnsetEnv: ["OLD"],
  };
  const path = "/libpod/containers/box/update";
  await service.json("POST", `${path}?restartPolicy=on-failure&restartRetries=3`, change, 201);
  const { Config, HostConfig } = JSON.parse(await engine.ok(["inspect", "box"]))[0] as Record<string, object>;
  expect(HostConfig).toMatchObject({ Memory: 64e6, RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } });
  expect(Config).toMatchObject({ Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 60e9 } });
  expect((Config as { Env: string[] }).Env.filter((text) => /^(OLD|NEW)=/.test(text))).toEqual(["NEW=2"]);
  expect(await failure("POST", path, { r_limits: [{ type: "nofile" }] })).toMatchObject({
    status: 400,
    message: '"r_limits" is not supported',
  });
});

test("the exit code of a container that has removed itself is still told", async () => {
  const body = { image: IMAGE, command: ["sh", "-c", "exit 7"], remove: true };
  const { Id } = await service.json<{ Id: string }>("POST", "/libpod/containers/create", body, 201);
  await service.json("POST", `/libpod/containers/${Id}/start`, undefined, 204);
  expect(await service.json<number>("POST", `/libpod/containers/${Id}/wait?condition=removing`)).toBe(7);
  expect(await service.json<number>("POST", `/libpod/containers/${Id}/wait`)).toBe(7);
});

test("a command that has ended is forgotten when it is asked for, one that runs by force", async () => {
  const body = { image: IMAGE, name: "box", command: SLEEPER };
  await service.json("POST", "/libpod/containers/create", body, 201);
  await service.json("POST", "/libpod/containers/box/start", undefined, 204);
  const make = async (...Cmd: string[]): Promise<string> => {
    const made = await service.json<{ Id: string }>("POST", "/libpod/containers/box/exec", { Cmd }, 201);
    return `/libpod/exec/${made.Id}`;
  };
  const ended = await make("true");
  await (await service.request("POST", `${ended}/start`, { Detach: false })).bytes();
  await service.json("POST", `${ended}/remove`, { Force: false });
  expect((await service.request("GET", `${ended}/json`)).status).toBe(404);
  const running = await make("sleep", "1000");
  await service.json("POST", `${running}/start`, { Detach: true });
  expect(await failure("POST", `${running}/remove`, { Force: false })).toMatchObject({ response: 409 });
  await service.json("POST", `${running}/remove`, { Force: true });
  expect((await service.request("GET", `${running}/json`)).status).toBe(404);
  await eventually(
    async () => await engine.ok(["top", "box", "args"]),
    (text) => !text.includes("sleep 1000\nsleep 1000"),
  );
});

test("a volume's files go out and come in as an archive", async () => {
  await service.json("POST", "/libpod/volumes/create", { Name: "from" }, 201);
  await service.json("POST", "/libpod/volumes/create", { Name: "to" }, 201);
  await engine.ok(["run", "--rm", "-v", "from:/v", IMAGE, "sh", "-c", "echo hi > /v/file"]);
  const archive = await (await service.request("GET", "/libpod/volumes/from/export")).bytes();
  const headers = { "Content-Type": "application/x-tar" };
  const response = await fetch("http://localhost/libpod/volumes/to/import", {
    method: "POST",
    unix: service.socket,
    body: archive,
    headers,
  });
  expect(response.status).toBe(204);
  expect(await engine.ok(["run", "--rm", "-v", "to:/v", IMAGE, "cat", "/v/file"])).toBe("hi");
});

test("killed between any two requests, another service goes on", async () => {
  const again = async (): Promise<void> => {
    await service.end("SIGKILL");
    await service.start();
  };
  await service.json("POST", "/libpod/pods/create", { name: "pod" }, 201);
  await again();
  const body = { image: IMAGE, name: "member", pod: "pod", command: SLEEPER };
  await service.json("POST", "/libpod/containers/create", body, 201);
  await again();
  await service.json("POST", "/libpod/pods/pod/start");
  await again();
  const exec = { Cmd: ["sh", "-c", "exit 5"], AttachStdout: true };
  const { Id } = await service.json<{ Id: string }>("POST", "/libpod/containers/member/exec", exec, 201);
  await again();
  await (await service.request("POST", `/libpod/exec/${Id}/start`, { Detach: false })).bytes();
  await again();
  expect(await service.json<object>("GET", `/libpod/exec/${Id}/json`)).toMatchObject({ Running: false, ExitCode: 5 });
  expect((await service.request("POST", "/libpod/pods/pod/start")).status).toBe(304);
  await service.json("DELETE", "/libpod/pods/pod?force=true");
});

test("a verb that fails on members of a pod says so for each of them", async () => {
  await service.json("POST", "/libpod/pods/create", { name: "pod" }, 201);
  const body = { image: IMAGE, name: "broken", pod: "pod", command: ["no-such-command"] };
  await service.json("POST", "/libpod/containers/create", body, 201);
  const answer = await failure("POST", "/libpod/pods/pod/start");
  expect(answer).toMatchObject({ status: 409, Errs: [expect.stringContaining("no-such-command")] });
  await service.json("DELETE", "/libpod/pods/pod?force=true");
});

test("a range of addresses is that of its first and its last one", async () => {
  const network = (lease_range: object): object => ({
    name: "net",
    subnets: [{ subnet: "10.214.9.0/24", gateway: "10.214.9.11", lease_range }],
  });
  const half = await failure("POST", "/libpod/networks/create", network({ start_ip: "10.214.9.10" }));
  expect(half).toMatchObject({ status: 400, message: expect.stringContaining("lease_range") });
  const few = network({ start_ip: "10.214.9.10", end_ip: "10.214.9.12" });
  expect(await service.json<object>("POST", "/libpod/networks/create", few)).toMatchObject(few);
  const address = ["inspect", "--format", "{{.NetworkSettings.Networks.net.IPAddress}}"];
  const first = await engine.detached(["--network", "net"], "sleep", "60");
  const second = await engine.detached(["--network", "net"], "sleep", "60");
  expect(await engine.ok([...address, first, second])).toBe("10.214.9.10\n10.214.9.12");
  const full = await engine.run(["run", "--rm", "--network", "net", IMAGE, "true"]);
  expect([full.code, full.stderr]).toEqual([125, expect.stringContaining("3 in its range")]);
  // Docker's field takes nothing but a prefix.
  const { IPAM } = await service.json<{ IPAM: object }>("GET", "/networks/net");
  expect(IPAM).toMatchObject({ Config: [{ Subnet: "10.214.9.0/24", Gateway: "10.214.9.11" }] });
  expect(JSON.stringify(IPAM)).not.toContain("IPRange");
  await engine.ok(["network", "rm", "-f", "net"]);
});
