import { expect, test } from "bun:test";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import { plainSpec } from "../plain-spec.ts";
import { wavesOf } from "./each.ts";
import { inheritFromPod, leavePod } from "./inherit.ts";

const POD: PodRecord = {
  id: "p".repeat(64),
  name: "web",
  createdAt: 0,
  labels: {},
  hostname: "web",
  infraId: "i".repeat(64),
  share: ["ipc", "net", "uts"],
  shareParent: true,
  exitPolicy: "continue",
  restart: { name: "always" },
  resources: {},
  defaults: { env: ["A=pod", "B=pod"], devices: ["/dev/fuse"], security: { seccomp: "unconfined" } },
};
const record = (id: string, spec: Partial<ContainerSpec> = {}): ContainerRecord =>
  ({ id, spec: plainSpec({ image: "x", ...spec }) }) as ContainerRecord;
const INFRA = record(POD.infraId ?? "");
const member = (spec: Partial<ContainerSpec> = {}, infra: ContainerRecord | undefined = INFRA, pod = POD) =>
  inheritFromPod(plainSpec({ image: "x", pod: { id: "web" }, ...spec }), { pod, infra });

test("a member joins what the pod shares, and has the rest of its own", () => {
  const { namespaces, network, pod } = member();
  const joined = `container:${POD.infraId}` as const;
  expect(network).toBe(joined);
  expect(namespaces).toEqual({ ipc: joined, uts: joined });
  expect(pod).toEqual({ id: POD.id, cgroup: true });
  expect(member({ namespaces: { ipc: "private", pid: "host" } }).namespaces).toEqual({
    ipc: "private",
    pid: "host",
    uts: joined,
  });
});

test("what would be every member's is the pod's alone; in a namespace of its own a member may have it", () => {
  const shmmax = { sysctls: { "kernel.shmmax": "1" } };
  const forward = { sysctls: { "net.ipv4.ip_forward": "1" } };
  const mapped = { namespaces: { user: { mode: "auto", uids: [], gids: [] } } } as const;
  for (const [spec, option] of [
    [shmmax, "--sysctl"],
    [forward, "--sysctl"],
    [mapped, "--userns"],
  ] as const)
    expect(() => member(spec)).toThrow(expect.objectContaining({ fix: `give ${option} to estiba pod create` }));
  expect(member({ ...shmmax, namespaces: { ipc: "private" } }).sysctls).toEqual(shmmax.sysctls);
  expect(member(forward, INFRA, { ...POD, share: ["ipc"] }).sysctls).toEqual(forward.sysctls);
});

test("what the infra container has of the host, its members have of the host", () => {
  const infra = record("i", { network: "host", namespaces: { uts: "host", ipc: "ns:/run/x" } });
  expect(member({}, infra)).toMatchObject({ network: "host", namespaces: { uts: "host", ipc: "ns:/run/x" } });
});

test("on the host's network a member has the pod's name servers and hosts in files of its own", () => {
  const names = { dns: ["10.1.1.1"], dnsSearch: ["a.b"], dnsOptions: ["ndots:2"], addHosts: ["x:10.1.1.2"] };
  const infra = record("i", { network: "host", ...names, identity: { givenDnsOnly: true } });
  const joined = member({}, infra);
  expect(joined).toMatchObject({ ...names, identity: { givenDnsOnly: true } });
  expect(member({}, record("i", names))).toMatchObject({ dns: [], addHosts: [] });
  const left = leavePod(joined, POD);
  expect(left).toMatchObject({ dns: [], dnsSearch: [], dnsOptions: [], addHosts: [] });
  expect(left.identity).toBeUndefined();
  expect(inheritFromPod({ ...left, pod: { id: "web" } }, { pod: POD, infra })).toEqual(joined);
});

test("a pod without an infra container shares configuration and cgroup only", () => {
  const { infraId: _, ...bare } = POD;
  const spec = member({}, undefined, { ...bare, share: [] });
  expect(spec).toMatchObject({ network: "bridge", env: ["A=pod", "B=pod"], pod: { id: POD.id, cgroup: true } });
  expect(spec.namespaces).toBeUndefined();
});

test("configuration of the pod counts where the member has none of its own", () => {
  const inherited = member({ env: ["B=own"] });
  expect(inherited.env).toEqual(["A=pod", "B=pod", "B=own"]);
  expect(inherited.devices).toEqual(["/dev/fuse"]);
  expect(inherited.security.seccomp).toBe("unconfined");
  expect(inherited.restart).toEqual({ name: "always" });
  expect(member({ restart: { name: "no" } }).restart).toEqual({ name: "no" });
  expect(member({ autoRemove: true }).restart).toBeUndefined();
  expect(member({ resources: { cgroupParent: "/mine" } }).pod).toEqual({ id: POD.id });
});

test("a member's own profile and what it unmasks win over the pod's", () => {
  const pod: PodRecord = {
    ...POD,
    defaults: { ...POD.defaults, security: { seccomp: "unconfined", mask: ["/sys/a", "/proc/b"] } },
  };
  const securityOf = (own: Partial<ContainerSpec["security"]>) =>
    member({ security: { ...plainSpec({ image: "x" }).security, ...own } }, INFRA, pod).security;
  expect(securityOf({ seccomp: "builtin", unmask: ["/sys/*"] })).toMatchObject({
    seccomp: "builtin",
    mask: ["/proc/b"],
  });
  expect(securityOf({ unmask: ["ALL"], mask: ["/c"] })).toMatchObject({ seccomp: "unconfined", mask: ["/c"] });
});

test("what only the pod can have is refused of a member, in Podman's words", () => {
  const port = { hostIp: "", hostPort: 80, containerPort: 80, protocol: "tcp", range: 1 } as const;
  expect(() => member({ ports: [port] })).toThrow("must be defined when the pod is created");
  expect(() => member({ network: "none" })).toThrow("networks must be defined when the pod is created");
  expect(() => member({ hostname: "x" })).toThrow("cannot set hostname when joining the pod UTS namespace");
  expect(() => member({ addHosts: ["a:1.2.3.4"] })).toThrow("must be specified on the pod");
  expect(member({ hostname: "x" }, INFRA, { ...POD, share: ["net"] }).hostname).toBe("x");
});

test("members are worked on after what they depend on, and in reverse before it", () => {
  const [infra, a, b] = [
    record("i"),
    record("a", { network: "container:i" }),
    record("b", { network: "container:i", requires: ["a"] }),
  ];
  const ids = (waves: readonly (readonly ContainerRecord[])[]) => waves.map((wave) => wave.map(({ id }) => id));
  expect(ids(wavesOf([b, a, infra], false))).toEqual([["i"], ["a"], ["b"]]);
  expect(ids(wavesOf([b, a, infra], true))).toEqual([["b"], ["a"], ["i"]]);
});

test("a member that leaves its pod and joins it again is the same member", () => {
  const pod: PodRecord = {
    ...POD,
    resources: { cgroupParent: "/mine", memoryBytes: 1 },
    defaults: {
      env: ["A=1"],
      devices: ["/dev/fuse"],
      security: { noNewPrivileges: true, mask: ["/x"], unmask: ["/y"], apparmor: "p", procOptions: ["nosuid"] },
    },
  };
  const own = { env: ["B=2"], devices: ["/dev/null"], namespaces: { pid: "host" } } as const;
  const { security } = plainSpec({ image: "x" });
  const bare = { security: { ...security, seccomp: "builtin", mask: ["/z"], unmask: ["/x"] } };
  for (const spec of [{}, own, bare, { restart: { name: "on-failure" } } as const]) {
    const joined = member(spec, INFRA, pod);
    const left = leavePod(joined, pod);
    expect(left.pod).toBeUndefined();
    expect(left).toMatchObject({ network: "bridge", env: spec === own ? ["B=2"] : [] });
    expect(inheritFromPod({ ...left, pod: { id: "web" } }, { pod, infra: INFRA })).toEqual(joined);
  }
});
