import { expect, test } from "bun:test";
import { LIBPOD_OPERATIONS } from "../../src/api/libpod/described.ts";
import { LIBPOD_ROUTES } from "../../src/api/libpod/routes.ts";
import { makeAsker, TAR, unasked } from "../fixtures/ask-described.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { startRegistry } from "../fixtures/registry.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const { ask, hijack, tarOf, seen } = makeAsker(engine, service);

type Headers = Readonly<Record<string, string>>;

/** Asks by the path as it is in the description, with this in place of its `{name}`. */
async function of(name: string, route: string, query = "", ...sent: [body?: unknown, headers?: Headers]) {
  const [, path = ""] = route.split(" ");
  return await ask(route, `${path.replace(/\{\w+\*?\}/, name)}${query}`, ...sent);
}

test("every route of Podman's is described, and nothing else", () => {
  const routes = LIBPOD_ROUTES.map(([route]) => route).toSorted();
  expect(Object.keys(LIBPOD_OPERATIONS).toSorted()).toEqual(routes);
});

test("containers are answered about as described", async () => {
  await of("", "GET /libpod/_ping");
  await of("", "HEAD /libpod/_ping");
  await of("", "GET /libpod/version");
  await of("", "GET /libpod/info");
  await of("", "POST /libpod/secrets/create", "?name=word", "hidden", { "Content-Type": "application/octet-stream" });
  await of("", "POST /libpod/containers/create", "", {
    image: IMAGE,
    name: "box",
    command: ["sleep", "1000"],
    terminal: true,
    stdin: true,
    env: { A: "1" },
    labels: { a: "b" },
    annotations: { c: "d" },
    healthconfig: { Test: ["CMD", "true"], Interval: 1e12, Timeout: 30e9, Retries: 3 },
    startupHealthConfig: { Test: ["CMD", "true"], Interval: 1e12 },
    portmappings: [{ container_port: 80, host_port: 0 }],
    expose: { "81": "tcp" },
    volumes: [{ Name: "box", Dest: "/v" }],
    mounts: [
      { type: "tmpfs", destination: "/scratch" },
      { type: "bind", source: "/tmp", destination: "/host", options: ["ro"] },
    ],
    devices: [{ path: "/dev/null:/dev/nothing:r" }],
    secrets: [{ Source: "word" }],
    r_limits: [{ type: "nofile", soft: 100, hard: 100 }],
    restart_policy: "on-failure",
    restart_tries: 2,
    resource_limits: { memory: { limit: 64e6 } },
    containerCreateCommand: ["podman", "create"],
    timezone: "local",
  });
  await of("box", "GET /libpod/containers/{name}/json", "?size=true");
  await of("box", "POST /libpod/containers/{name}/init");
  await of("box", "POST /libpod/containers/{name}/start");
  await of("box", "POST /libpod/containers/{name}/start");
  await of("box", "GET /libpod/containers/{name}/json");
  await ask("GET /libpod/containers/{name}/json", "/v4.3.1/libpod/containers/box/json");
  await of("", "GET /libpod/containers/json", "?all=true&size=true&namespace=true");
  await of("box", "GET /libpod/containers/{name}/exists");
  await of("box", "GET /libpod/containers/{name}/top");
  await of("box", "GET /libpod/containers/{name}/top", "?ps_args=aux");
  await of("", "GET /libpod/containers/stats", "?stream=false");
  await of("box", "GET /libpod/containers/{name}/stats", "?stream=false&one-shot=true");
  await of("box", "GET /libpod/containers/{name}/healthcheck");
  await of("box", "POST /libpod/containers/{name}/mount");
  await of("", "GET /libpod/containers/showmounted");
  await of("box", "POST /libpod/containers/{name}/unmount");
  await of("box", "POST /libpod/containers/{name}/resize", "?h=20&w=80");
  await of("box", "POST /libpod/containers/{name}/update", "?restartPolicy=no", { memory: { limit: 128e6 } });
  await hijack("POST /libpod/containers/{name}/attach", "/libpod/containers/box/attach");
  await of("box", "GET /libpod/containers/{name}/logs", "?stdout=true");
  await of("box", "GET /libpod/containers/{name}/export");
  await of("box", "HEAD /libpod/containers/{name}/archive", "?path=/tmp");
  const archive = await of("box", "GET /libpod/containers/{name}/archive", "?path=/etc/passwd");
  await of("box", "PUT /libpod/containers/{name}/archive", "?path=/tmp", archive, TAR);
  await of("box", "GET /libpod/containers/{name}/changes");
  const exec = { Cmd: ["sleep", "1000"], Tty: true, AttachStdout: true };
  const { Id } = (await of("box", "POST /libpod/containers/{name}/exec", "", exec)) as { Id: string };
  await hijack("POST /libpod/exec/{id}/start", `/libpod/exec/${Id}/start`, "{}");
  await of(Id, "POST /libpod/exec/{id}/resize", "?h=20&w=80");
  await of(Id, "GET /libpod/exec/{id}/json");
  await of("box", "GET /libpod/containers/{name}/json");
  await of(Id, "POST /libpod/exec/{id}/remove", "", { Force: true });
  await of("box", "POST /libpod/containers/{name}/rename", "?name=case");
  await of("", "POST /libpod/commit", "?container=case&repo=made");
  await of("case", "POST /libpod/containers/{name}/pause");
  await of("case", "POST /libpod/containers/{name}/unpause");
  await of("case", "POST /libpod/containers/{name}/restart", "?t=0");
  await of("case", "POST /libpod/containers/{name}/kill");
  await of("case", "POST /libpod/containers/{name}/wait");
  await of("case", "POST /libpod/containers/{name}/stop", "?t=0");
  await of("case", "GET /libpod/containers/{name}/json");
  await of("", "GET /libpod/containers/json", "?all=true");
  await of("", "GET /libpod/system/df");
  await of("case", "DELETE /libpod/containers/{name}", "?v=true");
  await of("", "POST /libpod/containers/create", "", { image: IMAGE, command: ["true"] });
  await of("", "POST /libpod/containers/prune");
});

test("a container that the engine starts again is not its client's to start", async () => {
  const body = { image: IMAGE, name: "again", command: ["false"], restart_policy: "always" };
  await of("", "POST /libpod/containers/create", "", body);
  await of("again", "POST /libpod/containers/{name}/start");
  for (const method of ["GET", "POST"]) {
    const route = `${method} /libpod/containers/{name}/shouldrestart`;
    await eventually(
      async () => (await service.request(method, "/libpod/containers/again/shouldrestart")).status,
      (status) => status === 204,
    );
    // Between two waits it may run, for a moment: then it is asked again.
    await eventually(
      async () => await of("again", route).catch(() => undefined),
      (answer) => answer !== undefined,
    );
  }
  await of("again", "DELETE /libpod/containers/{name}", "?force=true&t=0");
});

test("images and lists of them are answered about as described", async () => {
  await using registry = await startRegistry();
  await registry.push(`oci:${engine.images.get(IMAGE)?.layout}:${IMAGE}`, "app:1");
  const name = `${registry.host}/app`;
  await of("", "POST /libpod/images/pull", `?reference=${name}:1`);
  await of("", "GET /libpod/images/json", "?all=true");
  await of(`${name}:1`, "GET /libpod/images/{name*}/json");
  await of(`${name}:1`, "GET /libpod/images/{name*}/exists");
  await of(`${name}:1`, "GET /libpod/images/{name*}/history");
  await of(`${name}:1`, "GET /libpod/images/{name*}/tree");
  await of(`${name}:1`, "GET /libpod/images/{name*}/changes");
  await of(`${name}:1`, "POST /libpod/images/{name*}/tag", `?repo=${name}&tag=2`);
  await of(`${name}:2`, "POST /libpod/images/{name*}/push");
  await of("", "GET /libpod/images/search", `?term=${registry.host}/app`);
  await of("", "GET /libpod/images/search", `?term=${name}&listTags=true`);
  const archive = await of(`${name}:2`, "GET /libpod/images/{name*}/get");
  await of("", "GET /libpod/images/export", `?references=${name}:1&references=${name}:2`);
  await of(`${name}:2`, "POST /libpod/images/{name*}/untag", `?repo=${name}&tag=2`);
  await of(`${name}:1`, "DELETE /libpod/images/{name*}");
  await of("", "POST /libpod/images/load", "", archive, TAR);
  const list = "POST /libpod/manifests/{name*}";
  await of("list", list, `?images=${name}:2`);
  await of("list", "PUT /libpod/manifests/{name*}", "", { Operation: "update", Images: [IMAGE] });
  await of("list", "PUT /libpod/manifests/{name*}", "", { Operation: "annotate", Annotations: { a: "b" } });
  await of("list", "GET /libpod/manifests/{name*}/json");
  await of("list", "GET /libpod/manifests/{name*}/exists");
  const push = "POST /libpod/manifests/{name*}/registry/{destination*}";
  await ask(push, `/libpod/manifests/list/registry/${registry.host}/list:1`);
  await of("list", "DELETE /libpod/manifests/{name*}");
  await of("", "DELETE /libpod/images/remove", `?images=${name}:2`);
  const files = await tarOf("files", { file: "x" });
  await of("", "POST /libpod/images/import", "?reference=imported", files, TAR);
  const context = await tarOf("described", {
    Dockerfile: `FROM ${IMAGE}\nEXPOSE 80\nHEALTHCHECK CMD true\nRUN true\n`,
  });
  await of(
    "",
    "POST /libpod/build",
    "?t=built:1&outputformat=application/vnd.docker.distribution.manifest.v2%2Bjson",
    context,
    TAR,
  );
  await of("built:1", "GET /libpod/images/{name*}/json");
  await of("built:1", "DELETE /libpod/images/{name*}");
  await of("imported", "DELETE /libpod/images/{name*}");
  await of("", "POST /libpod/images/prune");
});

test("networks, volumes and secrets are answered about as described", async () => {
  await of("", "POST /libpod/networks/create", "", {
    name: "net",
    labels: { a: "b" },
    subnets: [{ subnet: "10.214.77.0/24", lease_range: { start_ip: "10.214.77.128", end_ip: "10.214.77.255" } }],
    routes: [{ destination: "10.215.0.0/16", gateway: "10.214.77.5", metric: 100 }],
    network_dns_servers: ["10.214.77.6"],
    dns_enabled: true,
  });
  await of("", "POST /libpod/volumes/create", "", { Name: "vol", Labels: { a: "b" }, UID: 5 });
  const body = { image: IMAGE, name: "on", command: ["sleep", "1000"], volumes: [{ Name: "vol", Dest: "/v" }] };
  await of("", "POST /libpod/containers/create", "", body);
  await of("net", "POST /libpod/networks/{name}/connect", "", { container: "on", aliases: ["also"] });
  await of("on", "POST /libpod/containers/{name}/start");
  await of("on", "GET /libpod/containers/{name}/json");
  await of("", "GET /libpod/networks/json");
  await of("net", "GET /libpod/networks/{name}/json");
  await of("net", "GET /libpod/networks/{name}/exists");
  await of("net", "POST /libpod/networks/{name}/update", "", { adddnsservers: ["10.214.77.7"] });
  await of("net", "POST /libpod/networks/{name}/disconnect", "", { Container: "on" });
  await of("net", "DELETE /libpod/networks/{name}");
  await of("", "POST /libpod/networks/create", "", { name: "spare" });
  await of("", "POST /libpod/networks/prune");
  await of("", "GET /libpod/volumes/json");
  await of("vol", "GET /libpod/volumes/{name}/json");
  await of("vol", "GET /libpod/volumes/{name}/exists");
  const archive = await of("vol", "GET /libpod/volumes/{name}/export");
  await of("vol", "POST /libpod/volumes/{name}/import", "", archive, TAR);
  await of("vol", "DELETE /libpod/volumes/{name}", "?force=true&timeout=0");
  await of("", "POST /libpod/volumes/create", "", { Name: "spare" });
  await of("", "POST /libpod/volumes/prune");
  const kept = { "Content-Type": "application/octet-stream" };
  await of("", "POST /libpod/secrets/create", '?name=sec&labels={"a":"b"}', "hidden", kept);
  await of("", "GET /libpod/secrets/json");
  await of("sec", "GET /libpod/secrets/{name}/json", "?showsecret=true");
  await of("sec", "GET /libpod/secrets/{name}/exists");
  await of("sec", "DELETE /libpod/secrets/{name}");
});

const KUBE = `
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: one, image: "${IMAGE}", imagePullPolicy: Never, command: [sleep, "1000"]}]
---
apiVersion: v1
kind: Secret
metadata: {name: kept}
stringData: {word: hidden}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claimed}
`;
const YAML = { "Content-Type": "application/yaml" };

test("pods and files of Kubernetes are answered about as described", async () => {
  const since = Math.floor(Date.now() / 1000);
  await of("", "POST /libpod/pods/create", "", {
    name: "pod",
    pod_devices: ["/dev/null:/dev/nothing:r"],
    labels: { a: "b" },
    portmappings: [{ container_port: 80, host_port: 0 }],
    resource_limits: { memory: { limit: 256e6 } },
    pod_create_command: ["podman", "pod", "create"],
    restart_policy: "no",
    security_opt: ["no-new-privileges"],
  });
  const body = { image: IMAGE, name: "member", pod: "pod", command: ["sleep", "1000"], stop_timeout: 0 };
  await of("", "POST /libpod/containers/create", "", body);
  await of("pod", "GET /libpod/pods/{name}/json");
  await of("pod", "POST /libpod/pods/{name}/start");
  await of("pod", "POST /libpod/pods/{name}/start");
  await of("pod", "GET /libpod/pods/{name}/json");
  await of("member", "GET /libpod/containers/{name}/json");
  await of("", "GET /libpod/containers/json");
  await of("", "GET /libpod/pods/json");
  await of("", "GET /libpod/pods/stats", "?all=true");
  await of("pod", "GET /libpod/pods/{name}/exists");
  await of("pod", "GET /libpod/pods/{name}/top");
  await of("pod", "POST /libpod/pods/{name}/pause");
  await of("pod", "POST /libpod/pods/{name}/unpause");
  await of("pod", "POST /libpod/pods/{name}/restart");
  await of("", "GET /libpod/generate/kube", "?names=pod");
  await of("pod", "POST /libpod/pods/{name}/kill");
  await of("pod", "POST /libpod/pods/{name}/stop", "?t=0");
  await of("pod", "DELETE /libpod/pods/{name}", "?force=true");
  await of("", "POST /libpod/pods/create", "", { name: "spare", no_infra: true });
  await of("", "POST /libpod/pods/prune");
  for (const [path, query] of [["/libpod/kube/play", "?replace=true"] as const, ["/libpod/play/kube", ""] as const]) {
    await of("", `POST ${path}`, query, KUBE, YAML);
    await of("", `DELETE ${path}`, "?force=true", KUBE, YAML);
  }
  await of("", "GET /libpod/events", `?since=${since}&until=${Math.ceil(Date.now() / 1000)}`);
  await of("", "POST /libpod/system/prune", "?volumes=true");
});

test("these tests have asked for every operation of Podman's that answers anything", () => {
  expect(unasked(seen).filter((route) => route.includes(" /libpod/"))).toEqual([]);
});
