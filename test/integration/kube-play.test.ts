import { expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";
import { kubeFiles, pod, WAIT } from "../fixtures/kube-file.ts";

const estiba = useEngine();
const { file, down } = kubeFiles(estiba);

const SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: key}\n---\n";

/** Waits for what takes several checks, each a second after the other. */
async function becomes(look: () => Promise<string>, wanted: string): Promise<void> {
  const deadline = performance.now() + 40_000;
  for (let text = await look(); text !== wanted; text = await look()) {
    if (performance.now() > deadline) throw new Error(`it stays "${text}"`);
    await Bun.sleep(200);
  }
}

test("a pod has variables, files and secrets of the file; it is taken down without a trace", async () => {
  const path = file(
    "all.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {greeting: hello, a.conf: "x=1"}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {pass: hunter2, empty: ""}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
${pod(
  `env:
- {name: G, valueFrom: {configMapKeyRef: {name: m, key: greeting}}}
- {name: P, valueFrom: {secretKeyRef: {name: s, key: pass}}}
volumeMounts:
- {name: e, mountPath: /e}
- {name: mem, mountPath: /mem}
- {name: cm, mountPath: /cm}
- {name: cm, mountPath: /etc/one.conf, subPath: a.conf}
- {name: se, mountPath: /se}
- {name: data, mountPath: /data}`,
  `initContainers:
- {name: setup, image: "${IMAGE}", command: [sh, -c, "echo begun > /e/init"], volumeMounts: [{name: e, mountPath: /e}]}
volumes:
- {name: e, emptyDir: {}}
- {name: mem, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
- {name: cm, configMap: {name: m}}
- {name: se, secret: {secretName: s, defaultMode: 0400}}
- {name: data, persistentVolumeClaim: {claimName: data}}`,
)}`,
  );
  const played = await estiba.ok(["kube", "play", path]);
  expect(played).toMatch(/^Volumes:\ndata\nSecrets:\n[0-9a-f]{25}\nPod:\n[0-9a-f]{64}\nContainer:\n[0-9a-f]{64}$/);
  const script =
    'echo $G $P $(cat /e/init) $(cat /cm/greeting) $(cat /etc/one.conf) $(cat /se/pass); stat -c %a /se/pass /se/empty /e; df /mem | tail -1 | tr -s " " | cut -d" " -f2; touch /cm/x 2>/dev/null || echo read-only; hostname';
  expect(await estiba.ok(["exec", "web-c", "sh", "-c", script])).toBe(
    "hello hunter2 begun hello x=1 hunter2\n400\n400\n777\n1024\nread-only\nweb",
  );
  // A secret is in no definition.
  expect(await estiba.ok(["inspect", "web-c"])).not.toContain("hunter2");
  expect(await estiba.ok(["ps", "-a", "--format", "{{.Names}}"])).toMatch(/^[0-9a-f]{12}-infra\nweb-setup\nweb-c$/);
  const taken = await estiba.ok(["kube", "down", path]);
  expect(taken).toMatch(
    /^Pods stopped:\n[0-9a-f]{64}\nPods removed:\n[0-9a-f]{64}\nSecrets removed:\n[0-9a-f]{25}\nVolumes removed:\nweb-cm\nweb-e\nweb-mem\nweb-se$/,
  );
  expect(await estiba.ok(["volume", "ls", "-q"])).toBe("data");
  await down(path);
});

test("pods of Deployments and Services find each other by name; a NodePort is published, of replicas for all of them", async () => {
  const [port, shared] = [await freePort(), await freePort()];
  const path = file(
    "services.yaml",
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  replicas: 2
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers: [{name: c, image: "${IMAGE}", command: [sh, -c, "mkdir /srv; hostname > /srv/index.html; httpd -p 80 -h /srv; ${WAIT}"]}]
---
apiVersion: v1
kind: Service
metadata: {name: both}
spec: {type: NodePort, selector: {app: server}, ports: [{port: 80, nodePort: ${shared}}]}
---
${pod("ports: [{name: http, containerPort: 8080}]").replace(WAIT, "httpd -p 8080 -h /etc; " + WAIT)}---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: ${port}}]}
`,
  );
  const { code, stderr } = await estiba.run(["kube", "play", path]);
  expect(code).toBe(0);
  expect(stderr).toContain('the name "front" leads to the pod itself: between pods, use its port 8080 instead of 80');
  const addresses = async (name: string): Promise<number> =>
    [...(await estiba.run(["exec", "server-pod-1-c", "nslookup", name])).stdout.matchAll(/^Address: /gm)].length;
  expect(
    await eventually(
      () => addresses("both"),
      (count) => count === 2,
    ),
  ).toBe(2);
  expect(await addresses("front.default.svc.cluster.local")).toBe(1);
  expect(await addresses("web")).toBe(1);
  const answer = await eventually(
    async () =>
      await fetch(`http://127.0.0.1:${port}/passwd`).then(
        (found) => found.text(),
        () => "",
      ),
    (text) => text !== "",
  );
  expect(answer).toContain("root:x:0:0");
  const answered = new Set<string>();
  await eventually(
    async () => {
      const reply = await fetch(`http://127.0.0.1:${shared}/`, { keepalive: false }).catch(() => undefined);
      if (reply?.ok === true) answered.add((await reply.text()).trim());
      return answered.size;
    },
    (count) => count === 2,
  );
  expect([...answered].sort()).toEqual(["server-pod-1", "server-pod-2"]);
  await down(path);
});

test("files that are played and taken down at once do not take each other's network away", async () => {
  const paths = ["one", "two", "three"].map((name) =>
    file(`${name}.yaml`, pod("").replace("name: web,", `name: ${name},`)),
  );
  await Promise.all(
    paths.map(async (path) => {
      for (let time = 0; time < 6; time++) {
        await estiba.ok(["kube", "play", path]);
        await estiba.ok(["kube", "down", path]);
      }
    }),
  );
  for (const path of paths) await down(path);
}, 60_000);

test("--replace plays a changed file anew; without it, a pod that is there is a conflict", async () => {
  const path = file("web.yaml", pod("env: [{name: V, value: one}]"));
  await estiba.ok(["kube", "play", path]);
  const again = await estiba.run(["kube", "play", path]);
  expect(again).toMatchObject({ code: 125, stdout: "" });
  expect(again.stderr).toContain("web");
  file("web.yaml", pod("env: [{name: V, value: two}]"));
  expect(await estiba.ok(["kube", "play", "--replace", path])).toStartWith("Pods stopped:\n");
  expect(await estiba.ok(["exec", "web-c", "sh", "-c", "echo $V"])).toBe("two");
  await down(path);
});

test("what a container put in an emptyDir is neither seen nor followed by the next pod", async () => {
  const path = file("web.yaml", pod("volumeMounts: [{name: e, mountPath: /e}]", "volumes: [{name: e, emptyDir: {}}]"));
  await estiba.ok(["kube", "play", path]);
  await estiba.ok(["exec", "web-c", "sh", "-c", "ln -s /etc /e/link; echo old > /e/file"]);
  await estiba.ok(["pod", "rm", "--force", "web"]);
  await estiba.ok(["kube", "play", path]);
  expect(await estiba.ok(["exec", "web-c", "ls", "/e"])).toBe("");
  await down(path);
});

test("rights, limits and users are as the file says; runAsNonRoot keeps root out", async () => {
  const path = file(
    "web.yaml",
    `${SECRET}${pod(
      `securityContext: {runAsUser: 1000, runAsGroup: 3000, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false}
resources: {limits: {cpu: 250m, memory: 64Mi}}
volumeMounts: [{name: e, mountPath: /e}, {name: e, mountPath: /part, subPath: made/here}, {name: s, mountPath: /s}]`,
      "securityContext: {fsGroup: 2000}\nvolumes: [{name: e, emptyDir: {}}, {name: s, secret: {secretName: s, defaultMode: 0400}}]\nhostAliases: [{ip: 10.1.2.3, hostnames: [other]}]",
    )}`,
  );
  await estiba.ok(["kube", "play", path]);
  const script =
    "id -u; id -G; touch /x 2>/dev/null || echo ro; touch /e/x && stat -c %g /e/x; touch /part/x; stat -c '%a %g' /e/made/here; stat -c %a /s/k; cat /s/k; echo; grep -E 'CapEff|NoNewPrivs' /proc/self/status; grep other /etc/hosts";
  expect((await estiba.ok(["exec", "web-c", "sh", "-c", script])).replaceAll(/\s+/g, " ")).toBe(
    "1000 3000 2000 ro 2000 2777 2000 440 key CapEff: 0000000000000000 NoNewPrivs: 1 10.1.2.3 other",
  );
  expect(await estiba.ok(["inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}}", "web-c"])).toBe(
    "67108864 25000",
  );
  await down(path);
  const root = file("web.yaml", pod("securityContext: {runAsNonRoot: true}"));
  const refused = await estiba.run(["kube", "play", root]);
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain('container "web-c" has runAsNonRoot, and its user is root');
  // All that was made for it is gone again.
  await down(root);
});

test("the processes of a pod are shared where the file says so; hostPath is what its type says", async () => {
  const folder = estiba.path("host");
  mkdirSync(folder, { recursive: true });
  symlinkSync("/etc", estiba.path("host/out"));
  const volumes = (type: string, path: string): string =>
    `shareProcessNamespace: true\nvolumes: [{name: h, hostPath: {path: "${path}", type: ${type}}}]`;
  const mount = "volumeMounts: [{name: h, mountPath: /h}]";
  const path = file("web.yaml", pod(mount, volumes("DirectoryOrCreate", `${folder}/made`)));
  await estiba.ok(["kube", "play", path]);
  expect(existsSync(`${folder}/made`)).toBe(true);
  expect(await estiba.ok(["exec", "web-c", "cat", "/proc/1/comm"])).toBe("pause");
  await down(path);
  for (const [type, wrong, what] of [
    ["Directory", `${folder}/none`, "there is nothing"],
    ["File", folder, "it is no File"],
  ] as const) {
    const refused = await estiba.run(["kube", "play", file("web.yaml", pod(mount, volumes(type, wrong)))]);
    expect(refused).toMatchObject({ code: 125, stdout: "" });
    expect(refused.stderr).toContain(`the hostPath "${wrong}": ${what}`);
    await down(path);
  }
  const out = file(
    "web.yaml",
    pod("volumeMounts: [{name: h, mountPath: /h, subPath: out}]", volumes("Directory", folder)),
  );
  expect((await estiba.run(["kube", "play", out])).code).toBe(125);
  await down(out);
});

test("a file with mistakes makes nothing, and tells all of them; ConfigMaps may come from another file", async () => {
  const bad = await estiba.run([
    "kube",
    "play",
    file("web.yaml", pod("imagePullPolcy: Never\nports: [{containerPort: x}]")),
  ]);
  expect(bad).toMatchObject({ code: 125, stdout: "" });
  expect(bad.stderr).toContain('unknown field "spec.containers[0].imagePullPolcy"; did you mean "imagePullPolicy"?');
  expect(bad.stderr).toContain(
    'spec.containers[0].ports[0].containerPort must be a number from 1 to 65535, not the text "x"',
  );
  const path = file("web.yaml", pod("envFrom: [{configMapRef: {name: m}}]"));
  const map = file("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {A: b}\n");
  await estiba.ok(["kube", "play", "--configmap", map, "--network", "none", path]);
  expect(await estiba.ok(["exec", "web-c", "sh", "-c", "echo $A"])).toBe("b");
  await down(path);
});

test.each(["", "hostNetwork: true\n"])(
  "with dnsPolicy: None, /etc/resolv.conf is dnsConfig, generated again; %s",
  async (network) => {
    const dns = "dnsPolicy: None\ndnsConfig: {nameservers: [192.0.2.1, 192.0.2.2], searches: [x.org]}";
    const path = file("web.yaml", pod("", `${network}${dns}`));
    await estiba.ok(["kube", "play", path]);
    const resolvConf = "nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch x.org";
    expect(await estiba.ok(["exec", "web-c", "cat", "/etc/resolv.conf"])).toBe(resolvConf);
    const again = file("again.yaml", await estiba.ok(["kube", "generate", "web"]));
    await estiba.ok(["kube", "play", "--replace", again]);
    expect(await estiba.ok(["exec", "web-c", "cat", "/etc/resolv.conf"])).toBe(resolvConf);
    await down(path);
  },
);

test("--start=false makes a pod that pod start begins; --build makes the image of a folder", async () => {
  const folder = estiba.path("made");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/Containerfile`, `FROM ${IMAGE}\nENV BUILT=yes\n`);
  const path = file("web.yaml", pod("").replace(IMAGE, "localhost/made:1"));
  await estiba.ok(["kube", "play", "--start=false", "--build", path], { cwd: estiba.folder });
  expect(await estiba.ok(["ps", "-q"])).toBe("");
  await estiba.ok(["pod", "start", "web"]);
  expect(await estiba.ok(["exec", "web-c", "sh", "-c", "echo $BUILT"])).toBe("yes");
  const { stdout } = await estiba.run(["kube", "play", "--down", "-"], { stdin: pod("") });
  expect(stdout).toStartWith("Pods stopped:\n");
  await down(path);
  await estiba.ok(["rmi", "localhost/made:1"]);
});

test("probes over the network need no program in the image; a failed livenessProbe restarts the container", async () => {
  const path = file(
    "web.yaml",
    pod(
      `ports: [{name: http, containerPort: 8080}]
startupProbe: {tcpSocket: {port: http}, periodSeconds: 1, failureThreshold: 30}
livenessProbe: {httpGet: {port: http, path: /ok}, periodSeconds: 1, failureThreshold: 1}`,
    ).replace(WAIT, `mkdir -p /srv; echo fine > /srv/ok; httpd -p 8080 -h /srv; ${WAIT}`),
  );
  await estiba.ok(["kube", "play", path]);
  const look = async (): Promise<string> =>
    await estiba.ok(["inspect", "--format", "{{.State.Health.Status}} {{.RestartCount}}", "web-c"]);
  await becomes(look, "healthy 0");
  expect(await estiba.ok(["inspect", "--format", "{{json .Config.Healthcheck.Test}}", "web-c"])).toBe(
    '["HTTP","http://:8080/ok"]',
  );
  await estiba.ok(["exec", "web-c", "rm", "/srv/ok"]);
  // It is there again after the restart.
  await becomes(look, "healthy 1");
  await down(path);
});

test("options speak of all pods: network, addresses, ports, log, annotations; what cannot be played takes nothing down", async () => {
  await estiba.ok(["network", "create", "--subnet", "10.91.8.0/24", "net"]);
  const port = await freePort();
  const path = file("web.yaml", pod("ports: [{containerPort: 8080, hostPort: 1}]").replace(WAIT, `echo said; ${WAIT}`));
  const where = [
    "--network",
    "net",
    "--ip",
    "10.91.8.9",
    "--mac-address",
    "02:42:0a:40:00:09",
    "--publish",
    `127.0.0.1:${port}:8080`,
  ];
  await estiba.ok(["kube", "play", ...where, "--log-driver", "none", "--annotation", "a=b", "--no-hosts", path]);
  const script = "ip addr show eth0 | grep -E 'inet |ether' | tr -s ' ' | cut -d' ' -f3; grep -c web /etc/hosts";
  expect((await estiba.run(["exec", "web-c", "sh", "-c", script])).stdout).toStartWith(
    "02:42:0a:40:00:09\n10.91.8.9/24\n",
  );
  const infra = (await estiba.ok(["ps", "--format", "{{.Names}}"])).split("\n").find((name) => name.endsWith("-infra"));
  expect(await estiba.ok(["port", infra ?? ""])).toBe(`8080/tcp -> 127.0.0.1:${port}`);
  expect(
    await estiba.ok(["inspect", "--format", "{{.HostConfig.LogConfig.Type}} {{.Config.Annotations.a}}", "web-c"]),
  ).toBe("none b");
  const gone = file("gone.yaml", pod("imagePullPolicy: Never").replace(IMAGE, "localhost/none:1"));
  const root = file("root.yaml", pod("securityContext: {runAsNonRoot: true}"));
  const relative = file("relative.yaml", pod("workingDir: srv"));
  const impossible = [[gone], ["--network", "nonet", path], [root], [relative]];
  for (const words of impossible)
    expect(await estiba.run(["kube", "play", "--replace", ...words])).toMatchObject({ code: 125, stdout: "" });
  expect(await estiba.ok(["ps", "-q", "--filter", "name=^web-c$"])).not.toBe("");
  await estiba.ok(["kube", "down", path]);
  await estiba.ok(["network", "rm", "net"]);
});
