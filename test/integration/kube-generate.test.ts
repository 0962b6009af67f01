import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";

const estiba = useEngine();

const WAIT = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** What of the definitions must be the same, whatever ids are: the pod's containers without what only names them. */
async function definitions(names: readonly string[]): Promise<unknown[]> {
  const read = async (name: string): Promise<unknown> => {
    const [inspected] = JSON.parse(await estiba.ok(["inspect", name])) as [Record<string, Record<string, unknown>>];
    const { Config, HostConfig, Mounts, ImageName } = inspected;
    const { Env, Cmd, Entrypoint, WorkingDir, User, Labels, Healthcheck, Tty, OpenStdin, StopTimeout } = Config ?? {};
    const { RestartPolicy, CapAdd, CapDrop, Memory, CpuQuota, CpuShares, ReadonlyRootfs, Privileged } =
      HostConfig ?? {};
    const all = Mounts as unknown as { Type: string; Name?: string; Destination: string; RW: boolean }[];
    // A tmpfs of a container's own is a volume in memory of its pod afterwards.
    const mounts = all.flatMap(({ Type, Name = "", Destination, RW }) =>
      ["/t", "/run", "/tmp", "/var/tmp"].includes(Destination) ? [] : [[Type, Name, Destination, RW].join(" ")],
    );
    const config = { Env, Cmd, Entrypoint, WorkingDir, User, Labels, Healthcheck, Tty, OpenStdin, StopTimeout };
    const host = { RestartPolicy, CapAdd, CapDrop, Memory, CpuQuota, CpuShares, ReadonlyRootfs, Privileged };
    return JSON.parse(JSON.stringify({ ImageName, config, host, mounts })) as unknown;
  };
  return await Promise.all(names.map(read));
}

test("a pod made by hand is generated, removed and played again: it is the same pod", async () => {
  const port = await freePort();
  await estiba.ok([
    "pod",
    "create",
    "--label",
    "tier=front",
    "-p",
    `${port}:8080/udp`,
    "--add-host",
    "db:10.1.2.3",
    "--sysctl",
    "net.core.somaxconn=512",
    "web",
  ]);
  const run = async (name: string, ...options: string[]): Promise<string> =>
    await estiba.ok([
      "run",
      "-d",
      "--pod",
      "web",
      "--name",
      name,
      "--restart",
      "always",
      "--label",
      "tier=front",
      ...options,
      IMAGE,
      "sh",
      "-c",
      `${WAIT}; echo $$ $(id)`,
    ]);
  await run(
    "web-a",
    "-e",
    "PRICE=$(5) $$",
    "-v",
    "data:/data",
    "-m",
    "64m",
    "--cpus",
    "0.5",
    "--cap-drop",
    "all",
    "--cap-add",
    "chown",
    "--health-cmd",
    "true",
    "--health-on-failure",
    "restart",
  );
  await run(
    "web-b",
    "--user",
    "1000:2000",
    "--read-only",
    "-v",
    "/etc:/host:ro",
    "--tmpfs",
    "/t:size=1m",
    "-w",
    "/tmp",
    "--stop-timeout",
    "3",
  );
  const before = await definitions(["web-a", "web-b"]);
  const yaml = await estiba.ok(["kube", "generate", "web"]);
  expect(yaml).toStartWith(
    "# Save the output of this file and use kubectl create -f to import\n# it into Kubernetes.\n#\n# Created with estiba-",
  );
  await estiba.ok(["pod", "rm", "--force", "web"]);
  const path = estiba.path("web.yaml");
  writeFileSync(path, yaml);
  await estiba.ok(["kube", "play", path]);
  // The pod's longest grace is that of all its containers.
  const same = JSON.stringify(before).replaceAll('"StopTimeout":3', '"StopTimeout":10');
  expect(await definitions(["web-a", "web-b"])).toEqual(JSON.parse(same) as unknown[]);
  expect(await estiba.ok(["exec", "web-a", "sh", "-c", 'echo "$PRICE"'])).toBe("$(5) $$");
  // What a read-only root has in memory is writable again.
  await estiba.ok(["exec", "web-b", "touch", "/run/x", "/tmp/x", "/var/tmp/x"]);
  expect(
    await estiba.ok([
      "port",
      (await estiba.ok(["ps", "--format", "{{.Names}}"])).split("\n").find((name) => name.endsWith("-infra")) ?? "",
    ]),
  ).toBe(`8080/udp -> 0.0.0.0:${port}`);
  // And it says the same of itself.
  expect(await estiba.ok(["kube", "generate", "web"])).toBe(yaml);
  await estiba.ok(["kube", "down", path]);
  // Who has made the volume has it still.
  await estiba.ok(["volume", "rm", "data"]);
});

test("volumes, secrets and probes of YAML come out as they went in; a container alone gets a pod, a volume a claim", async () => {
  const path = estiba.path("all.yaml");
  writeFileSync(
    path,
    `apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {pass: hunter2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {a.conf: "x=1"}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: c
    image: ${IMAGE}
    command: [sh, -c, "${WAIT}"]
    env: [{name: P, valueFrom: {secretKeyRef: {name: s, key: pass}}}]
    livenessProbe: {httpGet: {port: 8080, path: /ok}, initialDelaySeconds: 100}
    startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 100}
    volumeMounts: [{name: v, mountPath: /v}, {name: e, mountPath: /e}]
  volumes:
  - {name: e, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: v, projected: {defaultMode: 0711, sources: [{secret: {name: s}}, {configMap: {name: m}}]}}
  securityContext: {fsGroup: 2000, supplementalGroups: [7]}
`,
  );
  await estiba.ok(["kube", "play", path]);
  const rights = ["exec", "web-c", "sh", "-c", "stat -L -c %a:%g /v /v/* /e; id -G"];
  const before = await estiba.ok(rights);
  expect(before).toContain("751:2000");
  const yaml = await estiba.ok(["kube", "generate", "web"]);
  expect(yaml).not.toContain("hunter2");
  await estiba.ok(["pod", "rm", "--force", "web"]);
  const again = estiba.path("again.yaml");
  writeFileSync(again, yaml);
  // The secret is still there: it is no part of the pod.
  await estiba.ok(["kube", "play", again]);
  expect(await estiba.ok(["exec", "web-c", "sh", "-c", "echo $P $(cat /v/pass /v/a.conf)"])).toBe("hunter2 hunter2x=1");
  expect(await estiba.ok(rights)).toBe(before);
  expect(await estiba.ok(["kube", "generate", "web"])).toBe(yaml);
  await estiba.ok(["kube", "down", path]);
  await estiba.ok(["create", "--name", "lonely", "--init", "-p", "8080", IMAGE, "true"]);
  await estiba.ok(["volume", "create", "--opt", "o=uid=5", "data"]);
  const { stdout, stderr } = await estiba.run([
    "kube",
    "generate",
    "--service",
    "--type",
    "deployment",
    "--replicas",
    "2",
    "lonely",
    "data",
  ]);
  for (const text of [
    "kind: PersistentVolumeClaim",
    'volume.podman.io/uid: "5"',
    "kind: Service",
    "kind: Deployment",
    "replicas: 2",
    "name: lonely\n",
    "containerPort: 8080",
  ])
    expect(stdout).toContain(text);
  expect(stderr).toBe("WARN: lonely: Kubernetes YAML cannot say --init\n");
  await estiba.ok(["volume", "rm", "data"]);
});

test("a container gets its own secrets again, as files and as variables", async () => {
  const data = estiba.path("secret");
  writeFileSync(data, "hunter2");
  for (const name of ["gsec", "db.pw"]) await estiba.ok(["secret", "create", name, data]);
  const uses = ["gsec", "gsec,target=/etc/one,mode=0400", "db.pw", "gsec,type=env,target=G"];
  const options = uses.flatMap((use) => ["--secret", use]);
  await estiba.ok(["create", "--pod", "new:vp", "--name", "vp-c", ...options, IMAGE, "sh", "-c", WAIT]);
  const yaml = await estiba.ok(["kube", "generate", "vp"]);
  await estiba.ok(["pod", "rm", "--force", "vp"]);
  const path = estiba.path("secrets.yaml");
  writeFileSync(path, yaml);
  await estiba.ok(["kube", "play", path]);
  const seen = "cat /run/secrets/gsec /run/secrets/db.pw /etc/one; echo $G; stat -c %a /run/secrets/gsec /etc/one";
  expect(await estiba.ok(["exec", "vp-c", "sh", "-c", seen])).toBe("hunter2hunter2hunter2hunter2\n444\n400");
  expect(await estiba.ok(["kube", "generate", "vp"])).toBe(yaml);
  await estiba.ok(["kube", "down", path]);
  for (const name of ["gsec", "db.pw"]) await estiba.ok(["secret", "rm", name]);
});

test("what YAML cannot say of a pod or of one container is told, and nothing of it is said of another one", async () => {
  const limits = ["--memory", "100m", "--userns", "auto", "--security-opt", "no-new-privileges", "--restart", "always"];
  await estiba.ok(["pod", "create", "--network", "none", ...limits, "unsaid"]);
  const own = ["--umask", "077", "--stop-signal", "9", "--tz", "UTC", "--oom-score-adj", "5", "--log-driver", "none"];
  const alone = [
    "--annotation",
    "q=r",
    "--group-add",
    "50",
    "--timeout",
    "5",
    "--label",
    "x=y",
    "--restart",
    "on-failure:3",
  ];
  const mount = ["--tmpfs", "/t:mode=700,noexec"];
  await estiba.ok(["create", "--pod", "unsaid", "--name", "u-a", ...own, ...alone, ...mount, IMAGE, "true"]);
  await estiba.ok(["create", "--pod", "unsaid", "--name", "u-b", "--annotation", "s=t", IMAGE, "true"]);
  const { stdout, stderr } = await estiba.run(["kube", "generate", "unsaid"]);
  expect(stderr.split("\n").sort().join("\n").trim()).toBe(
    [
      "WARN: u-a: Kubernetes YAML cannot say --annotation of one container of a pod",
      "WARN: u-a: Kubernetes YAML cannot say --group-add of one container of a pod",
      "WARN: u-a: Kubernetes YAML cannot say --label of one container of a pod",
      "WARN: u-a: Kubernetes YAML cannot say --restart on-failure:3",
      "WARN: u-a: Kubernetes YAML cannot say --stop-signal, --umask, --tz, --oom-score-adj, --log-driver",
      "WARN: u-a: Kubernetes YAML cannot say --timeout of one container of a pod",
      "WARN: u-a: Kubernetes YAML cannot say mode=700 of /t, noexec of /t",
      "WARN: u-b: Kubernetes YAML cannot say --annotation of one container of a pod",
      "WARN: unsaid: Kubernetes YAML cannot say --memory, --network none",
    ].join("\n"),
  );
  for (const text of ["hostUsers: false", "restartPolicy: Always"]) expect(stdout).toContain(text);
  expect(stdout.match(/allowPrivilegeEscalation: false/g)).toHaveLength(2);
  for (const text of ["annotations", "supplementalGroups", "activeDeadlineSeconds"]) expect(stdout).not.toContain(text);
  await estiba.ok(["pod", "rm", "--force", "unsaid"]);
});

test("what cannot be generated is told: a member of a pod, a name of nothing, a file that is there", async () => {
  await estiba.ok(["create", "--pod", "new:web", "--name", "m", IMAGE, "true"]);
  for (const [args, what] of [
    [["m"], "is associated with pod"],
    [["none"], 'there is no pod, container or volume "none"'],
    [["--replicas", "2", "web"], "--replicas can only be set when --type is set to deployment"],
    [["-f", "/etc/passwd", "web"], 'cannot write to "/etc/passwd"; file exists'],
  ] as const) {
    const refused = await estiba.run(["kube", "generate", ...args]);
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toContain(what);
  }
  await estiba.ok(["pod", "rm", "--force", "web"]);
});
