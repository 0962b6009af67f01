import { expect, test } from "bun:test";
import type { EngineMap, MapContainer } from "../../engine/map/model.ts";
import { mapSvg } from "./svg.ts";
import { mapText } from "./text.ts";

const HOST = { cgroup: "1", ipc: "2", mnt: "3", net: "4", pid: "5", user: "6", uts: "7" };
const USAGE = {
  memoryBytes: 1_500_000,
  memoryLimitBytes: 268_435_456,
  processes: 3,
  processLimit: 20,
  cpuNanos: 2_340_000_000,
  cpus: 1.5,
  further: [
    { name: "memory+swap", bytes: 536_870_912 },
    { name: "cpuset", text: "0-1" },
  ],
};

function container(index: number, fields: Partial<MapContainer> = {}): MapContainer {
  const id = index.toString(16).padStart(64, "0");
  return {
    id,
    name: `a_container_with_a_long_name_${index}`,
    status: "running",
    pod: "web",
    infra: index === 0,
    pid: 4_000_000 + index,
    monitorPid: 3_000_000 + index,
    runtime: "crun",
    namespaces: { ...HOST, ipc: "20", net: "40", uts: "70", pid: `5${index}00`, mnt: `3${index}00` },
    cgroupPath: `/estiba/pod-${"f".repeat(64)}/${id}`,
    usage: USAGE,
    image: "registry.example.org/some/quite/long/name/of/an/image:with-a-tag",
    layers: Array.from({ length: 30 }, (_, layer) => layer * 1_000_000),
    ownBytes: 4096,
    mounts: [{ source: "0123456789ab".repeat(8), target: "/a/very/long/target/inside/of/the/container", volume: true }],
    addresses: [{ network: "bridge", interfaceName: "eth0", addresses: ["10.64.0.2", "fd40:391c:16b::2"] }],
    ports: [{ hostIp: "", hostPort: 8000, containerPort: 8000, protocol: "tcp", range: 10 }],
    ...fields,
  };
}

const mapOf = (containers: readonly MapContainer[]): EngineMap => ({
  pods: [
    {
      id: "f".repeat(64),
      name: "web",
      status: "Running",
      share: ["ipc", "net", "uts"],
      cgroupPath: `/estiba/pod-${"f".repeat(64)}`,
      usage: USAGE,
    },
  ],
  containers,
  networks: [{ name: "bridge", bridge: "estiba0", subnets: ["10.64.0.0/20"] }],
  host: HOST,
});

const MANY = mapOf(Array.from({ length: 30 }, (_, index) => container(index)));

test("no line is wider than 80 columns, with thirty containers of long names", () => {
  const lines = mapText(MANY).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => line.startsWith(" a_container"))).toHaveLength(30);
});

test("the same mark is the same namespace, and the kernel's number of it stands below", () => {
  const ended = container(2, { pid: undefined, status: "exited", namespaces: { ...HOST, ipc: "", net: "" } });
  const text = mapText(mapOf([container(0), container(1), ended]));
  const marks = text.split("\n").flatMap((line) => (/^ a_con.*crun +(.*)/.exec(line)?.[1] ?? "").split(/ +/).join(""));
  expect(marks.filter((row) => row !== "").slice(0, 2)).toEqual(["AAAA··A", "AAAB··B"]);
  expect(text).toMatch(/ipc +A +20 +a_container_with_a_long_name_0, a_container_with_a_long_name_1/);
  expect(text).toMatch(/user +· +6 +the host's/);
});

test("limits stand behind their use, those without a column below; of paths and addresses nothing is left out", () => {
  const source = `/srv/${"folder-of-the-host/".repeat(6)}end`;
  const target = `/mnt/${"inside-of-the-container/".repeat(6)}end`;
  const one = container(1, { name: "one", pod: undefined, mounts: [{ source, target, volume: false }] });
  const subnets = ["10.64.0.0/20", "10.65.0.0/20", "fd40:391c:16b:1234:5678:9abc::/96"];
  const picture = {
    pods: [],
    containers: [one],
    networks: [{ name: "bridge", bridge: "estiba0", subnets }],
    host: HOST,
  };
  const text = mapText(picture);
  expect(text).toMatch(
    /MEMORY +LIMIT +CPU +CPUS +PIDS +LIMIT\n.*\n? +1\.4M +256M +2\.3s +1\.5 +3 +20\n +memory\+swap 512M, cpuset 0-1\n/,
  );
  const unbroken = text.replaceAll(/\n */g, "");
  for (const whole of [source, `one:${target}`, ...subnets]) expect(unbroken).toContain(whole);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const svg = mapSvg(picture);
  expect(svg).toContain("pids 3 of 20, CPU 2.3s, 1.5 CPUs");
  // What has no room is seen by who points at it.
  expect(svg).toContain(`<title>${target}: folder ${source}</title>`);
});

test("a pod's further limits have a line of their own above its cards", () => {
  const svg = mapSvg(MANY);
  const [limits = 0, card = 0] = [/y="(\d+)"[^>]*>memory\+swap/, /y="(\d+)"[^>]*class="card"/].map((place) =>
    Number(place.exec(svg)?.[1]),
  );
  expect(limits).toBeLessThan(card);
});

test("nothing at all is said in a sentence", () => {
  expect(mapText({ pods: [], containers: [], networks: [], host: HOST })).toBe(
    "There are no pods and no containers.\n",
  );
});

test("the picture has a card for each container, and shows names as text, whatever they hold", () => {
  const evil = container(1, { name: '</text><script>alert("&")</script>' });
  const svg = mapSvg({ ...MANY, containers: [...MANY.containers, evil] });
  expect(svg.match(/class="card"/g)).toHaveLength(31);
  expect(svg).not.toContain("<script");
  expect(svg).toContain("&lt;/text&gt;&lt;script");
  // Every number has a meaning: none is missing or not a number.
  expect(svg).not.toMatch(/NaN|undefined/);
});
