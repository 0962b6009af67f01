import type { EngineMap, MapContainer, MapUsage } from "../../engine/map/model.ts";
import { formatPort } from "../container-row.ts";
import { compactBytes, compactTime, fit, furtherLimits, KINDS, markOf, namespacesOf, shortPath } from "./marks.ts";
import { type MapProject, servicesText } from "./services.ts";

const WIDTH = 80;
const NAME = 19;
const CGROUP = 44;

/** The picture in text, no line of it wider than 80 columns; of a project, with what its services need. Pure. */
export function mapText(map: EngineMap, project?: MapProject): string {
  const services = project === undefined ? [] : servicesText(project);
  const empty = map.containers.length === 0 && map.pods.length === 0;
  if (empty && services.length === 0) return "There are no pods and no containers.\n";
  if (empty) return services.map((line) => `${line.trimEnd()}\n`).join("");
  const sections = [
    services,
    whoIsWhere(map),
    sharedNamespaces(map),
    cgroups(map),
    images(map),
    networks(map),
    mounts(map),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line.trimEnd()}\n`).join(""))
    .join("\n");
}

// One row for each container: who holds it, and in which namespaces it is.
function whoIsWhere(map: EngineMap): string[] {
  const namespaces = namespacesOf(map);
  const heading = `${fit("CONTAINER", NAME)} ${fit("STATE", 8)} ${"PID".padStart(7)} ${"CONMON".padStart(7)} ${fit("RUNTIME", 7)}`;
  const row = (container: MapContainer, indent: string): string =>
    [
      fit(`${indent}${container.name}`, NAME),
      fit(container.status, 8),
      String(container.pid ?? "-").padStart(7),
      String(container.monitorPid ?? "-").padStart(7),
      fit(container.runtime, 7),
      KINDS.map(([kind]) => markOf(namespaces, container, kind).padStart(3)).join(" "),
    ].join(" ");
  return [
    `${heading} ${KINDS.map(([, word]) => word).join(" ")}`,
    ...map.pods.flatMap(({ name, status, share }) => [
      fit(`pod ${name}  ${status}, shares ${share.length === 0 ? "no namespace" : share.join(", ")}`, WIDTH),
      ...map.containers.filter(({ pod }) => pod === name).map((container) => row(container, " ")),
    ]),
    ...map.containers.filter(({ pod }) => pod === undefined).map((container) => row(container, "")),
  ];
}

function sharedNamespaces(map: EngineMap): string[] {
  const shared = namespacesOf(map).filter(({ mark, members }) => mark !== undefined && members.length > 1);
  const used = KINDS.filter(([kind]) =>
    namespacesOf(map).some((found) => found.kind === kind && found.mark === undefined),
  );
  if (map.containers.every(({ pid }) => pid === undefined)) return [];
  return [
    "NAMESPACES of several, with the kernel's numbers (· is the host's)",
    ...shared.flatMap(({ kind, mark, inode, members }) =>
      wrapped(
        `  ${fit(kind, 6)} ${fit(mark ?? "", 2)} ${inode}  `,
        members.map(({ name }) => name),
      ),
    ),
    ...used.map(([kind]) => `  ${fit(kind, 6)} ·  ${map.host[kind]}  the host's`),
  ];
}

function cgroups({ pods, containers }: EngineMap): string[] {
  const columns = (words: readonly string[]): string =>
    words.map((word, index) => word.padStart([7, 7, 6, 5, 5, 6][index] ?? 0)).join("");
  const heading = `${fit("CGROUP", CGROUP)}${columns(["MEMORY", "LIMIT", "CPU", "CPUS", "PIDS", "LIMIT"])}`;
  const row = (what: string, usage: MapUsage | undefined): string[] => {
    const numbers = columns([
      usage === undefined ? "-" : compactBytes(usage.memoryBytes),
      usage?.memoryLimitBytes === undefined ? "-" : compactBytes(usage.memoryLimitBytes),
      usage === undefined ? "-" : compactTime(usage.cpuNanos),
      usage?.cpus === undefined ? "-" : String(Math.round(usage.cpus * 100) / 100),
      String(usage?.processes ?? "-"),
      String(usage?.processLimit ?? "-"),
    ]);
    const further = furtherLimits(usage);
    return [
      ...(what.length > CGROUP ? [fit(what, WIDTH), " ".repeat(CGROUP) + numbers] : [fit(what, CGROUP) + numbers]),
      ...(further.length === 0 ? [] : wrapped("      ", further)),
    ];
  };
  const running = containers.filter(({ pid }) => pid !== undefined);
  const below = (path: string): MapContainer[] => running.filter(({ cgroupPath }) => cgroupPath.startsWith(`${path}/`));
  const ofPods = pods.filter(({ usage }) => usage !== undefined);
  const lines = [
    ...ofPods.flatMap(({ name, cgroupPath = "", usage }) => [
      ...row(`${shortPath(cgroupPath)}  (${name})`, usage),
      ...below(cgroupPath).flatMap((container) =>
        row(`  ${container.id.slice(0, 12)}  (${container.name})`, container.usage),
      ),
    ]),
    ...running
      .filter(({ cgroupPath }) => !ofPods.some((pod) => cgroupPath.startsWith(`${pod.cgroupPath}/`)))
      .flatMap((container) => row(`${shortPath(container.cgroupPath)}  (${container.name})`, container.usage)),
  ];
  return lines.length === 0 ? [] : [heading, ...lines];
}

// Each image once, with a box for each of its layers, and the containers that have a layer of their own above it.
function images({ containers }: EngineMap): string[] {
  const byImage = Map.groupBy(containers, ({ image }) => image);
  return [
    "IMAGES, layer upon layer, and the writable one of each container",
    ...[...byImage].flatMap(([image, users]) => [
      ...wrapped(
        `  ${fit(image, 28)} `,
        (users[0]?.layers ?? []).map((bytes) => `[${compactBytes(bytes)}]`),
        "",
      ),
      ...wrapped(
        "    + ",
        users.map((user) => `${user.name} [rw ${compactBytes(user.ownBytes)}]`),
      ),
    ]),
  ];
}

function networks({ networks: all, containers }: EngineMap): string[] {
  const lines = all.flatMap(({ name, bridge, subnets }) => [
    ...wrapped(`  ${name} on ${bridge}  `, subnets),
    ...containers.flatMap((container) =>
      container.addresses
        .filter(({ network }) => network === name)
        .flatMap(({ interfaceName, addresses }) =>
          wrapped(`    ${fit(container.name, NAME)} ${fit(interfaceName, 6)} `, addresses),
        ),
    ),
  ]);
  const ports = containers.flatMap((container) =>
    container.ports.length === 0 ? [] : wrapped(`    ${fit(container.name, NAME)} `, container.ports.map(formatPort)),
  );
  return [
    ...(lines.length === 0 ? [] : ["NETWORKS and addresses", ...lines]),
    ...(ports.length === 0 ? [] : [...(lines.length === 0 ? [] : [""]), "PORTS", ...ports]),
  ];
}

function mounts({ containers }: EngineMap): string[] {
  const all = containers.flatMap((container) => container.mounts.map((mount) => ({ ...mount, container })));
  const bySource = Map.groupBy(all, ({ source, volume }) => `${volume ? "volume" : "folder"} ${shortSource(source)}`);
  if (bySource.size === 0) return [];
  return [
    "VOLUMES and folders of the host",
    ...[...bySource].flatMap(([source, users]) =>
      wrapped(
        `  ${source}  `,
        users.map(({ container, target }) => `${container.name}:${target}`),
      ),
    ),
  ];
}

/**
 * Words behind a beginning, on as many lines as they need, those after the first below the first word. What is longer than a line is broken:
 * of paths and addresses nothing is left out.
 */
function wrapped(beginning: string, words: readonly string[], comma = ","): string[] {
  const indent = " ".repeat(Math.min(beginning.length, WIDTH / 2));
  const lines: string[] = [];
  let line = beginning;
  let empty = true;
  const turn = (): void => {
    lines.push(...pieces(line));
    line = indent;
    empty = true;
  };
  if (beginning.length > WIDTH / 2) turn();
  for (const [index, word] of words.entries()) {
    const text = `${word}${index < words.length - 1 ? comma : ""}`;
    if (!empty && line.length + 1 + text.length > WIDTH) turn();
    for (const piece of pieces(text, WIDTH - indent.length)) {
      if (line.length + piece.length > WIDTH) turn();
      line += `${empty ? "" : " "}${piece}`;
      empty = false;
    }
  }
  return [...lines, line];
}

function pieces(text: string, length = WIDTH): string[] {
  const count = Math.ceil(text.trimEnd().length / length);
  return Array.from({ length: count }, (_, index) => text.slice(index * length, (index + 1) * length));
}

// An anonymous volume is known by the beginning of its name.
function shortSource(source: string): string {
  return /^[0-9a-f]{64}$/.test(source) ? source.slice(0, 12) : source;
}
