import type { EngineMap, MapContainer, MapPod, MapUsage } from "../../engine/map/model.ts";
import { formatPort } from "../container-row.ts";
import { box, circle, cutText, rect, svgDocument, text } from "./draw.ts";
import {
  compactBytes,
  compactTime,
  furtherLimits,
  KINDS,
  type MapNamespace,
  namespacesOf,
  shortPath,
} from "./marks.ts";
import type { MapProject } from "./services.ts";
import { servicesPanel } from "./services-svg.ts";

const MARGIN = 20;
const CARD = { width: 280, height: 172, gap: 12 };
const PER_ROW = 4;
const HEADER = 58;
const WIDTH = MARGIN * 2 + PER_ROW * CARD.width + (PER_ROW + 1) * CARD.gap;
const NAMESPACE_COLOURS = "#4269d0 #efb118 #ff725c #3ca951 #a463f2 #6cc5b0 #ff8ab7 #9c6b4e #97bbf5 #b5bd61".split(" ");
const STATE_COLOURS: Readonly<Record<string, string>> = {
  running: "#3ca951",
  paused: "#efb118",
  exited: "#9498a0",
  created: "#97bbf5",
  restarting: "#ff725c",
};
const GREY = "#9498a0";

/**
 * The picture as an SVG document: a panel for each pod, a card for each container in it, the networks below; above them, of a project, what
 * its services need. Pure.
 */
export function mapSvg(map: EngineMap, project?: MapProject): string {
  const colours = coloursOf(namespacesOf(map));
  const parts: string[] = [text({ x: MARGIN, y: 30 }, "estiba map", "b"), ...legend(map)];
  let y = 78;
  if (project !== undefined && project.services.length > 0) {
    const panel = servicesPanel(project, { x: MARGIN, y, width: WIDTH - 2 * MARGIN });
    parts.push(...panel.parts);
    y += panel.height + MARGIN;
  }
  const panels = [
    ...map.pods.map((pod) => ({ pod, members: map.containers.filter((container) => container.pod === pod.name) })),
    { pod: undefined, members: map.containers.filter((container) => container.pod === undefined) },
  ].filter(({ pod, members }) => pod !== undefined || members.length > 0);
  for (const { pod, members } of panels) {
    const header = headerHeight(pod);
    const height = header + Math.ceil(members.length / PER_ROW) * (CARD.height + CARD.gap);
    const area = { x: MARGIN, y, width: WIDTH - 2 * MARGIN, height };
    parts.push(rect(area, pod === undefined ? "alone" : "pod"), ...heading(pod, members, y));
    for (const [index, member] of members.entries()) {
      const x = MARGIN + CARD.gap + (index % PER_ROW) * (CARD.width + CARD.gap);
      const row = Math.floor(index / PER_ROW);
      parts.push(...card(member, { x, y: y + header - 6 + row * (CARD.height + CARD.gap) }, colours));
    }
    y += height + MARGIN;
  }
  for (const { name, bridge, subnets } of map.networks) {
    const members = map.containers.filter(({ addresses }) => addresses.some(({ network }) => network === name));
    parts.push(rect({ x: MARGIN, y, width: WIDTH - 2 * MARGIN, height: 26 }, "bar"));
    const names = members.map((container) => container.name).join(", ");
    const line = `network ${name} on ${bridge}, ${subnets.join(", ")}: ${names}`;
    parts.push(cutText({ x: MARGIN + 12, y: y + 17 }, line, 190));
    y += 34;
  }
  return svgDocument({ width: WIDTH, height: y + MARGIN }, parts);
}

type Colours = (container: MapContainer, kind: MapNamespace["kind"]) => string;

// Every namespace of several containers has a colour; one of a single container is dark, the host's is grey.
function coloursOf(namespaces: readonly MapNamespace[]): Colours {
  const shared = namespaces.filter(({ mark, members }) => mark !== undefined && members.length > 1);
  const byInode = new Map(
    shared.map(({ inode }, index) => [inode, NAMESPACE_COLOURS[index % NAMESPACE_COLOURS.length]]),
  );
  const hosts = new Set(namespaces.filter(({ mark }) => mark === undefined).map(({ inode }) => inode));
  return ({ namespaces: own }, kind) => (hosts.has(own[kind]) ? GREY : (byInode.get(own[kind]) ?? "#444"));
}

function legend({ host }: EngineMap): string[] {
  const hosts = KINDS.map(([kind]) => `${kind} ${host[kind]}`).join("  ");
  return [
    text(
      { x: MARGIN, y: 48 },
      "Namespaces of one colour are one namespace; dark is a container's own; grey is the host's.",
    ),
    text({ x: MARGIN, y: 63 }, `the host: ${hosts}`, "s"),
  ];
}

function hasFurtherLimits(pod: MapPod | undefined): boolean {
  return pod !== undefined && furtherLimits(pod.usage).length > 0;
}

// What a pod is, what it uses, and a line more for limits that are rarely set.
function headerHeight(pod: MapPod | undefined): number {
  return hasFurtherLimits(pod) ? HEADER + 12 : HEADER;
}

function heading(pod: MapPod | undefined, members: readonly MapContainer[], y: number): string[] {
  if (pod === undefined) return [text({ x: MARGIN + 12, y: y + 22 }, "containers without a pod", "b")];
  const { namespaces } = members.find(({ pid }) => pid !== undefined) ?? {};
  const shared = pod.share.map((kind) => {
    const inode = namespaces?.[kind as keyof typeof namespaces] ?? "";
    return inode === "" ? kind : `${kind} ${inode}`;
  });
  return [
    cutText({ x: MARGIN + 12, y: y + 22 }, `pod ${pod.name}`, 60, "b"),
    text(
      { x: MARGIN + 12, y: y + 40 },
      `${pod.status}, shares ${shared.length === 0 ? "no namespace" : shared.join(", ")}`,
      "s",
    ),
    ...(pod.cgroupPath === undefined
      ? []
      : [text({ x: WIDTH / 2 + 60, y: y + 22 }, `cgroup ${shortPath(pod.cgroupPath)}`)]),
    ...usage(pod.usage, { x: WIDTH / 2 + 60, y: y + 26 }, 320),
    ...(hasFurtherLimits(pod)
      ? [cutText({ x: WIDTH / 2 + 60, y: y + 54 }, furtherLimits(pod.usage).join(", "), 90, "s")]
      : []),
  ];
}

function card(container: MapContainer, { x, y }: { x: number; y: number }, colours: Colours): string[] {
  const { name, status, pid, monitorPid, runtime, addresses, ports, mounts } = container;
  const place = (index: number) => ({ x: x + 10, y: y + 124 + index * 13 });
  const limits = furtherLimits(container.usage);
  const facts = [
    ...(limits.length === 0 ? [] : [limits.join(", ")]),
    ...addresses.map((one) => `${one.network}: ${one.addresses.join(", ")} (${one.interfaceName})`),
    ...(ports.length === 0 ? [] : [`ports ${ports.map(formatPort).join(", ")}`]),
    ...mounts.map(({ source, target, volume }) => `${target}: ${volume ? "volume" : "folder"} ${source}`),
  ];
  const rest = facts.length > 4 ? facts.slice(3) : [];
  const shown = facts.slice(0, facts.length - rest.length);
  const processes = pid === undefined ? status : `pid ${pid}, conmon ${monitorPid ?? "gone"}, ${runtime}`;
  return [
    rect({ x, y, width: CARD.width, height: CARD.height }, "card", container.id),
    circle({ x: x + 14, y: y + 14 }, STATE_COLOURS[status] ?? GREY, status),
    cutText({ x: x + 26, y: y + 19 }, name, 27, "b"),
    text({ x: x + 10, y: y + 36 }, processes, "s"),
    ...KINDS.flatMap(([kind, word], index) => {
      const inode = container.namespaces[kind];
      if (inode === "") return [];
      const place = { x: x + 10 + index * 37, y: y + 43 };
      return [
        box({ ...place, width: 34, height: 15 }, colours(container, kind), `${kind} ${inode}`),
        text({ x: place.x + 7, y: place.y + 11 }, word, "w"),
      ];
    }),
    ...layers(container, { x: x + 10, y: y + 64 }),
    ...usage(container.usage, { x: x + 10, y: y + 92 }, CARD.width - 20),
    ...shown.map((fact, index) => cutText(place(index), fact, 50, "s")),
    ...(rest.length === 0 ? [] : [text(place(shown.length), `and ${rest.length} more`, "s", rest.join(", "))]),
  ];
}

// The image's layers in a row, the lowest first, and above them the container's own.
function layers({ image, layers: sizes, ownBytes }: MapContainer, { x, y }: { x: number; y: number }): string[] {
  const width = Math.min(16, 150 / (sizes.length + 1));
  return [
    ...sizes.map((bytes, index) =>
      box(
        { x: x + index * width, y, width: width - 2, height: 10 },
        "#97bbf5",
        `layer ${index + 1}: ${compactBytes(bytes)}`,
      ),
    ),
    box(
      { x: x + sizes.length * width, y, width: width - 2, height: 10 },
      "#ff725c",
      `its own: ${compactBytes(ownBytes)}`,
    ),
    text({ x: x + (sizes.length + 1) * width + 4, y: y + 9 }, `rw ${compactBytes(ownBytes)}`, "s"),
    cutText({ x, y: y + 23 }, image, 48, "s"),
  ];
}

function usage(used: MapUsage | undefined, { x, y }: { x: number; y: number }, width: number): string[] {
  if (used === undefined) return [];
  const { memoryBytes, memoryLimitBytes, processes, processLimit, cpuNanos, cpus } = used;
  const share = memoryLimitBytes === undefined ? 0 : Math.min(1, memoryBytes / memoryLimitBytes);
  const limit = memoryLimitBytes === undefined ? "" : ` of ${compactBytes(memoryLimitBytes)}`;
  const words = [
    `memory ${compactBytes(memoryBytes)}${limit}`,
    `pids ${processes}${processLimit === undefined ? "" : ` of ${processLimit}`}`,
    `CPU ${compactTime(cpuNanos)}${cpus === undefined ? "" : `, ${Math.round(cpus * 100) / 100} CPUs`}`,
  ];
  return [
    rect({ x, y, width, height: 5 }, "bar"),
    ...(share === 0 ? [] : [box({ x, y, width: Math.max(2, width * share), height: 5 }, "#4269d0")]),
    text({ x, y: y + 15 }, words.join(", "), "s"),
  ];
}
