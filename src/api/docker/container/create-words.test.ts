import { expect, test } from "bun:test";
import { Fields } from "../fields.ts";
import { createWords } from "./create-words.ts";

const ALWAYS = ["--http-proxy=false", "--read-only-tmpfs=false"];

function words(body: Record<string, unknown>): string[] {
  return createWords(new Fields(body), undefined).filter((word) => !ALWAYS.includes(word));
}

test("an empty body asks for nothing", () => {
  expect(words({})).toEqual([]);
  expect(
    words({ HostConfig: { NetworkMode: "default", RestartPolicy: { Name: "no" }, Memory: 0, Binds: null } }),
  ).toEqual([]);
});

test("ports, with and without an address and a port of the host", () => {
  const bindings = {
    "80/tcp": [
      { HostIp: "127.0.0.1", HostPort: "8080" },
      { HostIp: "::1", HostPort: "8081" },
    ],
    "53/udp": [{ HostIp: "", HostPort: "" }],
    "90/tcp": null,
  };
  expect(words({ HostConfig: { PortBindings: bindings } })).toEqual([
    "--publish=127.0.0.1:8080:80/tcp",
    "--publish=[::1]:8081:80/tcp",
    "--publish=53/udp",
    "--publish=90/tcp",
  ]);
});

test("networks: the mode's name and those of the endpoints, each once", () => {
  const endpoints = { mine: { Aliases: ["a", "b"], IPAMConfig: { IPv4Address: "10.9.0.5" } }, other: null };
  expect(words({ HostConfig: { NetworkMode: "mine" }, NetworkingConfig: { EndpointsConfig: endpoints } })).toEqual([
    "--network=mine:ip=10.9.0.5,alias=a,alias=b",
    "--network=other",
  ]);
  expect(words({ NetworkingConfig: { EndpointsConfig: { default: {} } } })).toEqual([]);
  expect(words({ HostConfig: { NetworkMode: "host" } })).toEqual(["--network=host"]);
  expect(words({ NetworkDisabled: true })).toEqual(["--network=none"]);
});

test("mounts; a value with a comma keeps together", () => {
  const mounts = [
    { Type: "bind", Source: "/a,b", Target: "/c", ReadOnly: true, BindOptions: { Propagation: "rslave" } },
    { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 1024, Mode: 0o1777 } },
  ];
  expect(words({ HostConfig: { Mounts: mounts, Tmpfs: { "/x": "size=1m", "/y": "" } } })).toEqual([
    '--mount=type=bind,"source=/a,b",target=/c,readonly,bind-propagation=rslave',
    "--mount=type=tmpfs,target=/t,tmpfs-size=1024,tmpfs-mode=1777",
    "--tmpfs=/x:size=1m",
    "--tmpfs=/y",
  ]);
});

test("a volume of the body is anonymous, unless the same path is mounted otherwise", () => {
  expect(words({ Volumes: { "/data": {}, "/other": {} }, HostConfig: { Binds: ["named:/data:ro"] } })).toEqual([
    "--volume=named:/data:ro",
    "--volume=/other",
  ]);
  expect(() => words({ HostConfig: { Binds: ["./here:/data"] } })).toThrow("use absolute path");
});

test("limits: zero is as it is", () => {
  const host = { NanoCpus: 1.5e9, Memory: 8e6, MemorySwap: -1, PidsLimit: -1, CpuShares: 0, MemorySwappiness: -1 };
  expect(words({ HostConfig: host })).toEqual([
    "--memory=8000000",
    "--memory-swap=-1",
    "--cpus=1.5",
    "--pids-limit=-1",
  ]);
  expect(words({ HostConfig: { Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }] } })).toEqual([
    "--ulimit=nofile=10:20",
  ]);
});

test("less memory than anything could begin with is refused in Docker's words", () => {
  expect(() => words({ HostConfig: { Memory: 1024 } })).toThrow("Minimum memory limit allowed is 6MB");
});

test("rights: older forms, and system paths that are shown", () => {
  expect(
    words({
      HostConfig: { SecurityOpt: ["seccomp:unconfined", "no-new-privileges"], MaskedPaths: [], ReadonlyPaths: [] },
    }),
  ).toEqual(["--security-opt=seccomp=unconfined", "--security-opt=no-new-privileges", "--security-opt=unmask=ALL"]);
});

test("wrong types are named", () => {
  expect(() => words({ HostConfig: { Memory: "1g" } })).toThrow("HostConfig.Memory is not an integer");
  expect(() => words({ Tty: 1 })).toThrow("Tty is not a boolean");
  expect(() => words({ Labels: ["a"] })).toThrow("Labels is not an object");
  expect(() => words({ HostConfig: { Mounts: ["x"] } })).toThrow("HostConfig.Mounts is not a list of objects");
});
