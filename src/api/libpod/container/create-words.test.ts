import { expect, test } from "bun:test";
import { Fields } from "../../docker/fields.ts";
import { createWords } from "./create-words.ts";
import { refuseUnknown } from "./known-fields.ts";

function words(body: Record<string, unknown>): string[] {
  return createWords(new Fields(body)).filter((word) => word !== "--http-proxy=false");
}

test("an empty body, and what a client always sends, ask for nothing", () => {
  expect(words({})).toEqual([]);
  const maps = { HostUIDMapping: true, UIDMap: null, GIDMap: null, AutoUserNs: false };
  expect(words({ pidns: {}, netns: { nsmode: "default" }, Networks: null, idmappings: maps, userns: {} })).toEqual([]);
});

test("namespaces: a mode, another container's, a path, the pod's", () => {
  expect(
    words({
      pidns: { nsmode: "container", value: "web" },
      ipcns: { nsmode: "path", value: "/proc/1/ns/ipc" },
      utsns: { nsmode: "pod" },
      cgroupns: { nsmode: "private" },
      userns: { nsmode: "auto", value: "size=100" },
    }),
  ).toEqual(["--pid=container:web", "--ipc=ns:/proc/1/ns/ipc", "--cgroupns=private", "--userns=auto:size=100"]);
  const map = { container_id: 0, host_id: 1000, size: 10 };
  expect(words({ userns: { nsmode: "private" }, idmappings: { UIDMap: [map] } })).toEqual(["--uidmap=0:1000:10"]);
});

test("ports of every protocol, with and without an address and a port of the host, in ranges", () => {
  const port = (rest: object): object => ({ container_port: 80, ...rest });
  expect(
    words({
      portmappings: [
        port({ host_ip: "127.0.0.1", host_port: 8080, range: 1, protocol: "tcp,udp" }),
        port({ host_ip: "::1", host_port: 8080, range: 3 }),
        port({ host_ip: "10.0.0.1" }),
        port({}),
      ],
    }),
  ).toEqual([
    "--publish=127.0.0.1:8080:80/tcp",
    "--publish=127.0.0.1:8080:80/udp",
    "--publish=[::1]:8080-8082:80-82/tcp",
    "--publish=10.0.0.1::80/tcp",
    "--publish=80/tcp",
  ]);
  expect(() => words({ portmappings: [port({ range: 2 })] })).toThrow("a range needs a host port");
});

test("networks, in the order that is told, with addresses and other names", () => {
  expect(
    words({
      netns: { nsmode: "bridge" },
      networkOrder: ["two"],
      Networks: {
        one: { static_ips: ["10.0.0.5", "fd00::5"], aliases: ["a"], interface_name: "eth7" },
        two: { static_mac: "02:42:0a:00:00:05" },
      },
    }),
  ).toEqual([
    "--network=two:mac=02:42:0a:00:00:05",
    "--network=one:ip=10.0.0.5,ip6=fd00::5,alias=a,interface_name=eth7",
  ]);
  expect(words({ netns: { nsmode: "none" } })).toEqual(["--network=none"]);
  expect(words({ Networks: { default: {} } })).toEqual([]);
});

test("mounts and volumes of every kind", () => {
  expect(
    words({
      mounts: [
        { destination: "/a", type: "bind", source: "/host", options: ["ro", "rbind"] },
        { destination: "/t", type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
      ],
      volumes: [
        { Name: "kept", Dest: "/kept", Options: ["ro"] },
        { Name: "", Dest: "/anonymous" },
      ],
      overlay_volumes: [{ source: "/low", destination: "/over" }],
      image_volumes: [{ Source: "app:1", Destination: "/app", ReadWrite: false }],
      secrets: [{ Source: "key", Target: "/key", UID: 5, GID: 6, Mode: 256 }],
      secret_env: { TOKEN: "key" },
    }),
  ).toEqual([
    "--volume=/host:/a:ro,rbind",
    "--tmpfs=/t:size=1m",
    "--volume=kept:/kept:ro",
    "--volume=/anonymous",
    "--volume=/low:/over:O",
    "--mount=type=image,source=app:1,target=/app,rw=false",
    "--secret=key,target=/key,uid=5,gid=6,mode=400",
    "--secret=key,type=env,target=TOKEN",
  ]);
  expect(() => words({ mounts: [{ destination: "/p", type: "proc" }] })).toThrow('"proc" cannot be chosen');
});

test("limits, and what there is no limit for any more", () => {
  expect(
    words({
      resource_limits: { memory: { limit: 1e6 }, cpu: { quota: 5, shares: 6 }, pids: { limit: 7 } },
      r_limits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 ** 64 }],
      throttleReadBpsDevice: { "/dev/sda": { major: 0, minor: 0, rate: 9 } },
    }),
  ).toEqual([
    "--memory=1000000",
    "--cpu-shares=6",
    "--cpu-quota=5",
    "--pids-limit=7",
    "--device-read-bps=/dev/sda:9",
    "--ulimit=nofile=1:-1",
  ]);
  expect(() => words({ resource_limits: { memory: { kernel: 1 } } })).toThrow("memory.kernel is not supported");
  expect(() => words({ resource_limits: { hugepageLimits: [{}] } })).toThrow("hugepageLimits is not supported");
});

test("a field that says something and is not read is refused by name", () => {
  expect(() => refuseUnknown({ image: "app", personality: { domain: "LINUX32" } })).toThrow(
    '"personality" is not supported',
  );
  refuseUnknown({ image: "app", personality: null, intelRdt: {}, chroot_directories: [], raw_image_name: "app" });
});
