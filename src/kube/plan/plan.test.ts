import { describe, expect, test } from "bun:test";
import { planOf as plan, podText as pod, refusalOf as refusal } from "../../../test/fixtures/kube-plan.ts";
import type { ContainerPlan, KubePlan } from "./pod-plan.ts";

function only(text: string): ContainerPlan {
  const [first] = plan(text).pods[0]?.containers ?? [];
  if (first === undefined) throw new Error("there is no container");
  return first;
}

const MAP =
  "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: one, b: two}\nbinaryData: {raw: AP8=}\n";
const SECRET =
  "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {user: YWRtaW4=}\nstringData: {pass: hunter2, none: ''}\n";

describe("a container of a pod", () => {
  test("has name, command, limits and policy as the file has them", () => {
    const { spec, pull } = only(
      pod(
        `command: [sh, -c]
args: ["echo $(A) $$(A) $(B)"]
env: [{name: A, value: x}]
workingDir: /w
tty: true
resources: {limits: {cpu: 500m, memory: 64Mi}, requests: {cpu: "0.25", memory: 32Mi}}
securityContext: {runAsUser: 1000, runAsGroup: 2000, capabilities: {add: [NET_ADMIN], drop: [ALL]}, allowPrivilegeEscalation: false}`,
        "terminationGracePeriodSeconds: 3\nrestartPolicy: OnFailure\nsecurityContext: {supplementalGroups: [7], fsGroup: 8}",
      ),
    );
    expect(spec).toMatchObject({
      name: "web-c",
      image: "bb:1",
      entrypoint: ["sh", "-c"],
      command: ["echo x $(A) $(B)"],
      env: ["A=x"],
      workdir: "/w",
      tty: true,
      user: "1000:2000",
      groupAdd: ["7", "8"],
      stopTimeout: 3,
      restart: { name: "on-failure" },
      resources: {
        cpuPeriodUs: 100_000,
        cpuQuotaUs: 50_000,
        cpuShares: 256,
        memoryBytes: 67_108_864,
        memoryReservationBytes: 33_554_432,
      },
      security: { capAdd: ["CAP_NET_ADMIN"], capDrop: ["ALL"], noNewPrivileges: true, readOnlyTmpfs: false },
      labels: { app: "web" },
    });
    expect(pull).toBe("missing");
  });

  test("has variables of ConfigMaps, fields and resources; later ones count", () => {
    const { spec } = only(
      pod(`envFrom: [{configMapRef: {name: m}, prefix: M_}, {configMapRef: {name: none, optional: true}}]
env:
- {name: M_b, value: mine}
- {name: K, valueFrom: {configMapKeyRef: {name: m, key: a}}}
- {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: L, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
- {name: H, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
- {name: C, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
- {name: R, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}
resources: {requests: {memory: 64Mi}}`) + MAP,
    );
    expect(spec.env).toEqual(["M_a=one", "M_b=mine", "K=one", "NAME=web", "L=web", "H=node1", "C=4", "R=64"]);
  });

  test("is told of its namespace and account, though neither has an effect", () => {
    const text = pod(
      "env: [{name: N, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}, {name: S, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}]",
      "serviceAccountName: robot",
    );
    expect(only(text).spec.env).toEqual(["N=default", "S=robot"]);
    const shop = plan(text.replace("name: web, ", "name: web, namespace: shop, "));
    expect(shop.pods[0]?.containers[0]?.spec.env).toEqual(["N=shop", "S=robot"]);
    expect(shop.warnings).toHaveLength(2);
    expect(plan(text.replace("name: web, ", "name: web, namespace: default, ")).warnings).toHaveLength(1);
  });

  test("has secrets as secrets: of the file, or kept before; an empty one is a plain variable", () => {
    const text = pod(`envFrom: [{secretRef: {name: s}}]
env: [{name: OLD, valueFrom: {secretKeyRef: {name: kept, key: key}}}]`);
    const { spec } = only(text + SECRET);
    expect(spec.env).toEqual(["none="]);
    expect(spec.secrets).toEqual([
      { type: "env", secret: "s.user", variable: "user" },
      { type: "env", secret: "s.pass", variable: "pass" },
      { type: "env", secret: "kept.key", variable: "OLD" },
    ]);
    expect(plan(text + SECRET).secrets.map(({ name, data }) => `${name}=${Buffer.from(data).toString()}`)).toEqual([
      "s.user=admin",
      "s.pass=hunter2",
    ]);
  });

  test("keeps a secret out of its command line", () => {
    expect(
      refusal(pod(`args: ["--pass=$(P)"]\nenv: [{name: P, valueFrom: {secretKeyRef: {name: s, key: pass}}}]`) + SECRET),
    ).toBe("p.yaml:8:12: $(P) is a secret, and would be seen in inspect and in the list of processes");
  });

  test("mounts volumes of every kind", () => {
    const text = pod(
      `volumeMounts:
- {name: e, mountPath: /e}
- {name: t, mountPath: /t}
- {name: h, mountPath: /h, readOnly: true, mountPropagation: HostToContainer}
- {name: d, mountPath: /dev/x}
- {name: cm, mountPath: /cm}
- {name: se, mountPath: /se}
- {name: se, mountPath: /etc/one, subPath: pass}
- {name: pvc, mountPath: /data, subPath: sub/x}
- {name: i, mountPath: /i}
- {name: all, mountPath: /all}`,
      `volumes:
- {name: e, emptyDir: {}}
- {name: t, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
- {name: h, hostPath: {path: /srv, type: DirectoryOrCreate}}
- {name: d, hostPath: {path: /dev/null, type: CharDevice}}
- {name: cm, configMap: {name: m, defaultMode: 0400, items: [{key: a, path: x/a, mode: 0644}]}}
- {name: se, secret: {secretName: s}}
- {name: pvc, persistentVolumeClaim: {claimName: claim}}
- {name: i, image: {reference: "other:1"}}
- name: all
  projected:
    sources:
    - configMap: {name: m}
    - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
    - secret: {name: s, items: [{key: user, path: login/user, mode: 0440}]}`,
    );
    const { spec } = only(text + MAP + SECRET);
    const bind = { propagation: "rprivate" };
    const part = { subpath: "sub/x", createSubpath: true };
    expect(spec.mounts).toEqual([
      { type: "volume", source: "web-e", target: "/e", readOnly: false, copy: false, ...bind },
      { type: "volume", source: "web-t", target: "/t", readOnly: false, copy: false, ...bind },
      { type: "bind", source: "/srv", target: "/h", readOnly: true, propagation: "rslave", recursive: true },
      { type: "volume", source: "web-cm", target: "/cm", readOnly: true, copy: false, ...bind },
      { type: "volume", source: "web-se", target: "/se", readOnly: true, copy: false, ...bind },
      { type: "volume", source: "claim", target: "/data", readOnly: false, ...part, copy: false, ...bind },
      { type: "image", source: "other:1", target: "/i", readOnly: true },
      { type: "volume", source: "web-all", target: "/all", readOnly: true, copy: false, ...bind },
    ]);
    expect(spec.devices).toEqual(["/dev/null:/dev/x"]);
    expect(
      spec.secrets?.map((use) => (use.type === "mount" ? `${use.secret} ${use.target} ${use.mode.toString(8)}` : "")),
    ).toEqual(["s.user /se/user 644", "s.pass /se/pass 644", "s.pass /etc/one 644", "s.user /all/login/user 440"]);
    const [first] = plan(text + MAP + SECRET).pods;
    expect(
      first?.volumes.map((volume) =>
        volume.kind === "folder"
          ? `${volume.name}: ${volume.files.map(({ path, mode }) => `${path} ${mode.toString(8)}`).join()}`
          : `${volume.name} ${volume.options}`,
      ),
    ).toEqual([
      "web-e: ",
      "web-t mode=1777,size=1048576",
      "web-cm: x/a 644",
      "web-se: none 644,user 644,pass 644",
      "web-all: a 644,b 644,raw 644,labels 644,login/user 440",
    ]);
    expect(first?.hostPaths).toEqual([
      { path: "/srv", type: "DirectoryOrCreate" },
      { path: "/dev/null", type: "CharDevice" },
    ]);
    expect(first?.images).toEqual(["other:1"]);
  });

  test("is checked by its probes, which restart it where its policy does", () => {
    const { spec } = only(
      pod(`ports: [{name: http, containerPort: 8080}]
livenessProbe: {httpGet: {port: http, path: /live, httpHeaders: [{name: X, value: z}]}, initialDelaySeconds: 3, periodSeconds: 5, failureThreshold: 2}
startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 30}`),
    );
    expect(spec.healthcheck).toEqual({
      test: ["HTTP", "http://:8080/live", "X: z"],
      intervalMs: 5000,
      timeoutMs: 1000,
      startPeriodMs: 3000,
      startIntervalMs: 5000,
      retries: 2,
      onFailure: "restart",
      startup: { test: ["TCP", ":8080"], intervalMs: 1000, timeoutMs: 1000, retries: 30, successes: 1 },
    });
    const never = only(pod("livenessProbe: {exec: {command: [cat, /ok]}}", "restartPolicy: Never"));
    expect(never.spec.healthcheck).toMatchObject({ test: ["CMD", "cat", "/ok"], onFailure: "kill", retries: 3 });
    expect(only(pod("readinessProbe: {exec: {command: [a]}}")).spec.healthcheck).toMatchObject({ onFailure: "none" });
  });

  test("has Kubernetes' values where a probe says 0; a start-up check may fail as often more as it is made at first", () => {
    const zero = "periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0, successThreshold: 0";
    const { spec } = only(
      pod(`livenessProbe: {exec: {command: [a]}, ${zero}}
startupProbe: {exec: {command: [b]}, ${zero}, initialDelaySeconds: 25}`),
    );
    const often = { intervalMs: 10_000, timeoutMs: 1000 };
    expect(spec.healthcheck).toMatchObject({ ...often, retries: 3, startup: { ...often, retries: 6, successes: 1 } });
  });

  test("tells that several successes are not waited for", () => {
    expect(plan(pod("readinessProbe: {exec: {command: [a]}, successThreshold: 3}")).warnings).toEqual([
      "p.yaml:8:44: successThreshold has no effect: the check passes with the first success",
    ]);
  });
});

describe("a pod", () => {
  test("has its network, names, ports and namespaces in the container that holds them", () => {
    const [planned] = plan(
      pod(
        "ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 53, protocol: UDP, hostPort: 0}]",
        `hostname: host1
subdomain: sub
hostPID: true
hostAliases: [{ip: 10.1.2.3, hostnames: [a, b]}]
dnsPolicy: None
dnsConfig: {nameservers: [9.9.9.9], searches: [x.org], options: [{name: ndots, value: "2"}, {name: edns0}]}
securityContext: {sysctls: [{name: net.core.somaxconn, value: "512"}]}`,
      ),
    ).pods;
    expect(planned).toMatchObject({
      name: "web",
      labels: { app: "web" },
      share: ["ipc", "net", "uts", "pid"],
      restart: { name: "always" },
    });
    expect(planned?.infra).toMatchObject({
      image: "",
      hostname: "host1",
      network: "bridge",
      networks: [{ network: "kube", aliases: ["web", "host1", "host1.sub"] }],
      ports: [{ hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp", range: 1 }],
      addHosts: ["a:10.1.2.3", "b:10.1.2.3"],
      dns: ["9.9.9.9"],
      dnsSearch: ["x.org"],
      dnsOptions: ["ndots:2", "edns0"],
      sysctls: { "net.core.somaxconn": "512" },
      namespaces: { pid: "host" },
    });
  });

  test("of a Deployment, DaemonSet or Job is called NAME-pod; replicas are numbered", () => {
    const template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    const workload = (kind: string, more = ""): string[] =>
      plan(
        `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: w}\nspec: {selector: {matchLabels: {a: b}}, ${more}${template}}\n`,
      ).pods.map(({ name }) => name);
    expect(workload("Deployment")).toEqual(["w-pod"]);
    expect(workload("Deployment", "replicas: 3, ")).toEqual(["w-pod-1", "w-pod-2", "w-pod-3"]);
    expect(workload("Deployment", "replicas: 0, ")).toEqual([]);
    expect(workload("DaemonSet")).toEqual(["w-pod"]);
    const [job] = plan(
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {backoffLimit: 2, suspend: true, template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: i}]}}}\n",
    ).pods;
    expect(job).toMatchObject({ name: "j-pod", start: false, restart: { name: "on-failure", maxRetries: 2 } });
  });

  test("has init containers first, and sidecars in their turn among them", () => {
    const [planned] = plan(
      pod("", "initContainers: [{name: one, image: i, args: [x]}, {name: side, image: i, restartPolicy: Always}]"),
    ).pods;
    expect(planned?.init.map(({ spec, init }) => [spec.name, spec.restart?.name, init])).toEqual([
      ["web-one", undefined, "always"],
      ["web-side", "always", "sidecar"],
    ]);
    expect(planned?.containers.map(({ spec }) => spec.name)).toEqual(["web-c"]);
  });
});

describe("a Service", () => {
  const service = (spec: string): string =>
    `\n---\napiVersion: v1\nkind: Service\nmetadata: {name: svc}\nspec: {selector: {app: web}, ${spec}}\n`;
  const ports = "ports: [{name: http, containerPort: 8080}]";

  test("is a further name of its pods, and publishes ports where it is more than a ClusterIP", () => {
    const names = ["web", "svc", "svc.default", "svc.default.svc", "svc.default.svc.cluster.local"];
    const infra = (spec: string) => plan(pod(ports) + service(spec)).pods[0]?.infra;
    expect(infra("ports: [{port: 80}]")).toMatchObject({ networks: [{ aliases: names }], ports: [] });
    const shop = service("ports: [{port: 80}]").replace("{name: svc}", "{name: svc, namespace: shop}");
    expect(plan(pod(ports) + shop).pods[0]?.infra).toMatchObject({
      networks: [{ aliases: ["web", "svc", "svc.shop", "svc.shop.svc", "svc.shop.svc.cluster.local"] }],
    });
    expect(infra("type: NodePort, ports: [{port: 80, targetPort: http, nodePort: 30080}]")?.ports).toMatchObject([
      { hostPort: 30_080, containerPort: 8080 },
    ]);
    expect(infra("type: LoadBalancer, ports: [{port: 80, nodePort: 0}]")?.ports).toMatchObject([{ hostPort: 80 }]);
    expect(infra("type: NodePort, ports: [{port: 80, targetPort: 8080}]")?.ports).toMatchObject([
      { hostPort: 0, containerPort: 8080 },
    ]);
    expect(infra("type: LoadBalancer, ports: [{port: 80, targetPort: http, protocol: UDP}]")?.ports).toMatchObject([
      { hostPort: 80, containerPort: 8080, protocol: "udp" },
    ]);
  });

  test("publishes its ports for all of several pods; one that is chosen at random is each pod's own", () => {
    const several = pod().replace("name: web, ", "name: other, ");
    const planned = (spec: string): KubePlan => plan(`${pod()}\n---\n${several}${service(spec)}`);
    const share = { group: "kube_web_svc" };
    const { pods, warnings } = planned("type: LoadBalancer, ports: [{port: 80, nodePort: 30080}]");
    for (const { infra } of pods)
      expect(infra.ports).toMatchObject([
        { hostPort: 80, share },
        { hostPort: 30_080, share },
      ]);
    expect(warnings).toEqual([]);
    const random = planned("type: NodePort, ports: [{port: 80}]");
    expect(random.pods.flatMap(({ infra }) => infra.ports)).toMatchObject([{ hostPort: 0 }, { hostPort: 0 }]);
    expect(random.warnings).toEqual([expect.stringContaining("each pod has a free port of its own")]);
  });

  test("warns where its port is another one than the pod's, or nobody has its labels", () => {
    expect(plan(pod(ports) + service("ports: [{port: 80, targetPort: http}]")).warnings).toEqual([
      'p.yaml:14:39: the name "svc" leads to the pod itself: between pods, use its port 8080 instead of 80',
    ]);
    expect(plan(pod().replaceAll("app: web", "app: other") + service("ports: [{port: 80}]")).warnings).toEqual([
      'p.yaml:12:12: the Service "svc" has no effect: no pod of the file has its labels',
    ]);
  });
});

test.each([
  [
    "a ConfigMap that is not there",
    pod("env: [{name: A, valueFrom: {configMapKeyRef: {name: gone, key: k}}}]"),
    'p.yaml:8:51: there is no ConfigMap "gone" in the file',
  ],
  [
    "a Secret without the key",
    pod("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]") + SECRET,
    'p.yaml:8:57: there is no Secret "s" with the key "k"',
  ],
  [
    "an address that is not known yet",
    pod("env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]"),
    "p.yaml:8:44: status.podIP is not known before the pod runs",
  ],
  [
    "a mount without its volume",
    pod("volumeMounts: [{name: v, mountPath: /v}]"),
    'p.yaml:8:21: the pod has no volume "v"',
  ],
  [
    "a volume that is nothing",
    pod("", "volumes: [{name: v}]"),
    'p.yaml:5:14: the volume "v" says nothing of what it is',
  ],
  [
    "a volume that is two",
    pod("", "volumes: [{name: v, emptyDir: {}, image: {reference: i}}]"),
    "p.yaml:5:37: emptyDir and image exclude each other",
  ],
  [
    "a probe that is two",
    pod("livenessProbe: {exec: {command: [x]}, tcpSocket: {port: 1}}"),
    "p.yaml:8:43: exec and tcpSocket exclude each other",
  ],
  [
    "a path that leads out of its volume",
    pod("", "volumes: [{name: v, configMap: {name: m, items: [{key: a, path: ../a}]}}]") + MAP,
    'p.yaml:5:14: "../a" cannot be a path in the volume "v"',
  ],
  [
    "data that is not base64",
    `${pod()}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: "%%"}\n`,
    'p.yaml:13:8: the value of "a" is not base64',
  ],
  [
    "a probe at a port without a name",
    pod("livenessProbe: {httpGet: {port: http}}"),
    'p.yaml:8:31: the container has no port "http"',
  ],
  [
    "a request above its limit",
    pod("resources: {limits: {memory: 1Mi}, requests: {memory: 2Mi}}"),
    "p.yaml:8:51: the request for memory is above its limit",
  ],
  [
    "root where it is forbidden",
    pod("securityContext: {runAsNonRoot: true, runAsUser: 0}"),
    "p.yaml:8:43: runAsUser is root, and runAsNonRoot forbids it",
  ],
  [
    "two containers of one name",
    pod("", "initContainers: [{name: c, image: i}]"),
    'p.yaml:7:5: there are two containers "c"',
  ],
])("refuses %s", (_, text, what) => {
  expect(refusal(text)).toBe(what);
});
