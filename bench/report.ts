import { CLUSTER_ROWS } from "./cluster/rows.ts";
import type { RowId, Sample } from "./measures.ts";
import { median } from "./stats.ts";

export type Row = {
  readonly id: RowId;
  readonly title: string;
  /** "" for a number of something that the title says. */
  readonly unit: "ms" | "s" | "MB" | "times" | "/s" | "µs" | "%" | "";
  /** How many times faster than each peer Estiba has to be. */
  readonly faster?: { readonly podman?: number; readonly docker?: number };
  /** The most that Estiba may take, in the row's unit. */
  readonly most?: number;
  /** The least of a figure that is the better the more it is. */
  readonly least?: number;
};

const ROWS: readonly Row[] = [
  { id: "run", title: "`run --rm IMAGE true`, bridge network", unit: "ms", faster: { podman: 4, docker: 4 } },
  { id: "run-none", title: "the same, `--network none`", unit: "ms", faster: { podman: 3, docker: 3 } },
  { id: "exec", title: "`exec CONTAINER true`", unit: "ms", faster: { podman: 4, docker: 3 } },
  { id: "ps", title: "`ps` with 50 containers", unit: "ms", faster: { podman: 3, docker: 1 } },
  { id: "create", title: "`create`", unit: "ms", faster: { podman: 3, docker: 1 } },
  { id: "start", title: "`start`, bridge network", unit: "ms", faster: { podman: 3, docker: 1 } },
  { id: "stop", title: "`stop -t 0`", unit: "ms", faster: { podman: 1, docker: 1 } },
  { id: "inspect", title: "`inspect CONTAINER`", unit: "ms", faster: { podman: 1, docker: 1 } },
  { id: "logs", title: "`logs`, a thousand lines", unit: "ms", faster: { podman: 1, docker: 1 } },
  { id: "cp", title: "`cp` of 1 MB into a container", unit: "ms", faster: { podman: 1, docker: 1 } },
  { id: "commit", title: "`commit` of that container", unit: "ms", faster: { podman: 1, docker: 1 } },
  { id: "pod", title: "`pod create`, then 3 × `run -d --pod`", unit: "ms", faster: { podman: 4 } },
  { id: "build", title: "`build` of 12 RUN steps, without a cache", unit: "ms", faster: { podman: 5, docker: 5 } },
  {
    id: "build-cached",
    title: "the same when every step is in the cache",
    unit: "ms",
    faster: { podman: 1, docker: 1 },
  },
  {
    id: "build-context",
    title: "`build` of a context of 1 GB, 20,000 files, in the cache",
    unit: "s",
    faster: { podman: 1, docker: 1 },
    most: 1,
  },
  {
    id: "build-copy",
    title: "`build` with `COPY` of the same files as in `pull` below",
    unit: "s",
    faster: { podman: 1, docker: 1 },
  },
  { id: "push", title: "`push` of that image", unit: "s", faster: { podman: 2, docker: 2 } },
  { id: "save", title: "`save` of that image", unit: "s", faster: { podman: 2, docker: 2 } },
  { id: "memory-images", title: "most memory of these four (docker: its client)", unit: "MB", most: 300 },
  { id: "burst", title: "50 × `run -d`, ten at a time", unit: "s", faster: { podman: 3, docker: 3 } },
  { id: "memory", title: "memory per idle container, resident (RSS)", unit: "MB", most: 2.3 },
  { id: "memory-pss", title: "the same, shared pages divided (PSS)", unit: "MB" },
  { id: "rm", title: "`rm -f` of 50 running containers", unit: "s", faster: { docker: 4 } },
  { id: "pull", title: "`pull` from a registry on loopback", unit: "s", faster: { podman: 2, docker: 2 } },
  {
    id: "ports-1000",
    title: "`run -d -p 20000-20999:20000-20999`",
    unit: "s",
    faster: { podman: 1 },
    most: 1,
  },
  { id: "ports-rooms", title: "of that, for publishing 1,000 ports", unit: "ms" },
  { id: "port-more", title: "one more port beside them", unit: "ms", most: 10 },
  { id: "connect-500", title: "connecting the 500th container", unit: "ms" },
  { id: "connect-growth", title: "the same, in times the first on another network", unit: "times", most: 1.5 },
  { id: "name", title: "from its start until a container's name resolves", unit: "ms", most: 50 },
  { id: "names-rate", title: "names answered, 64 questions at once", unit: "/s", least: 10_000 },
  { id: "stream", title: "a bare veth pair's stream, in times that of two containers", unit: "times", most: 1.1 },
  { id: "compose-config", title: "`compose config` of 100 services", unit: "ms", faster: { docker: 1 }, most: 80 },
  { id: "compose-up", title: "`compose up -d` of 30 services", unit: "s", faster: { docker: 4 } },
  { id: "compose-again", title: "the same again, nothing to do", unit: "ms", faster: { docker: 1 }, most: 200 },
  { id: "compose-down", title: "`compose down` of them", unit: "s", faster: { docker: 5 } },
  {
    id: "compose-chain",
    title: "`compose up -d` of 6 services, each behind the health of the one before",
    unit: "s",
    faster: { docker: 1 },
  },
  {
    id: "compose-follow",
    title: "`compose up` of 30 services that print 1,000 lines/s: beyond their 5 s, each line once and in order",
    unit: "s",
    faster: { docker: 1 },
  },
  { id: "api-start", title: "`system service`, from its start to its first answer", unit: "ms", most: 60 },
  { id: "api-run", title: "`docker run --rm IMAGE true` through the socket", unit: "ms", faster: { docker: 2 } },
  { id: "api-list", title: "`GET /containers/json` with 100 that run", unit: "ms", faster: { podman: 3, docker: 1 } },
  { id: "api-logs", title: "the first line of a log that is followed, through the socket", unit: "ms", most: 10 },
  { id: "library", title: "a container of the library, from `run` until its port answers", unit: "ms", most: 100 },
  { id: "version", title: "`--version`", unit: "ms", most: 15 },
];

/** What a run of `run` aims at, in times faster than both peers. */
const AIM = 6;
const PEERS = ["podman", "docker"] as const;
type PeerName = (typeof PEERS)[number];
const RM_NOTE = "podman's `rm -f` has `-t 0`, or it would give each container ten seconds to end by itself.";

type Facts = {
  readonly samples: readonly Sample[];
  readonly versions: Readonly<Record<string, string>>;
  /** Such as `93 MB (210 MB, 6,800 files)`. */
  readonly pullSize: string | undefined;
  readonly left: Readonly<Record<string, string>>;
  /** What could not be measured, and why. */
  readonly notes: readonly string[];
  readonly machine: string;
};

type Middle = (of: RowId, peer: string) => number;

/** The table of one machine, as the README has it, and that of the cluster, each where something of it was measured. */
export function report(facts: Facts): string {
  const middle: Middle = (of, peer) =>
    median(facts.samples.filter((sample) => sample.of === of && sample.peer === peer).map(({ value }) => value));
  const measured = (rows: readonly Row[]): Row[] => rows.filter(({ id }) => facts.samples.some(({ of }) => of === id));
  const [rows, clusterRows] = [measured(ROWS), measured(CLUSTER_ROWS)];
  return [
    ...(rows.length === 0 ? [] : [machineReport(facts, rows, middle)]),
    ...(clusterRows.length === 0 ? [] : [clusterReport(facts, clusterRows, middle)]),
  ].join("\n\n");
}

/** The titles of a table's rows that another does not have: sizes after a title, such as that of an image, may differ. */
export function lostRows(before: string, after: string): string[] {
  const kept = titlesOf(after);
  return titlesOf(before).filter((title) => !kept.includes(title));
}

function titlesOf(table: string): string[] {
  const cells = table.split("\n").map((line) => /^\| ([^|]+) \|/.exec(line)?.[1] ?? "");
  return cells.flatMap((cell) => (cell === "" ? [] : [cell.replace(/, \d+ MB.*$/, "")]));
}

function clusterReport(facts: Facts, rows: readonly Row[], middle: Middle): string {
  const { estiba = "", docker = "" } = facts.versions;
  return [
    `| | ${`Estiba ${estiba}`.trim()} | ${`Swarm ${docker}`.trim()} | × swarm | to reach |`,
    "|---|---:|---:|---:|---|",
    ...rows.map((row) => tableRow(row, ["docker"], middle)),
    "",
    `Machines are network namespaces of ${facts.machine}: three managers and a worker, one cluster after the other; medians.`,
    ...facts.notes,
  ].join("\n");
}

function machineReport(facts: Facts, rows: readonly Row[], middle: Middle): string {
  const heads = ["estiba", ...PEERS].map((name) => `${capital(name)} ${facts.versions[name] ?? ""}`.trim());
  const lines = [
    `| | ${heads.join(" | ")} | × podman | × docker | to reach |`,
    "|---|---:|---:|---:|---:|---:|---|",
    ...rows.map((row) => tableRow(row, PEERS, middle, facts.pullSize)),
    "",
    `Medians of interleaved rounds (a pause, one run to warm up, three measured, then the next peer), on ${facts.machine}; “× podman” is podman's figure divided by Estiba's.`,
    ...(rows.some(({ id }) => id === "rm") ? [RM_NOTE] : []),
    ...floorLines(middle),
    ...Object.entries(facts.left).map(([peer, names]) => `Processes beside 50 idle containers, ${peer}: ${names}.`),
  ];
  return lines.join("\n");
}

function tableRow(
  { id, title, unit, faster, most, least }: Row,
  peers: readonly PeerName[],
  middle: Middle,
  size?: string,
): string {
  const own = middle(id, "estiba");
  const ratio = (peer: PeerName): number => (least === undefined ? middle(id, peer) / own : own / middle(id, peer));
  const marks = peers.flatMap((peer) => {
    const wanted = faster?.[peer];
    return wanted === undefined ? [] : [mark(ratio(peer) >= wanted, ratio(peer), `${wanted}× ${peer}`)];
  });
  if (most !== undefined) marks.push(mark(own <= most, own, `at most ${most} ${unit}`.trim()));
  if (least !== undefined) marks.push(mark(own >= least, own, `at least ${least} ${unit}`.trim()));
  const name = id === "pull" && size !== undefined ? `${title}, ${size}` : title;
  const cells = ["estiba", ...peers].map((peer) => figure(middle(id, peer), unit));
  const ratios = peers.map((peer) => (Number.isNaN(ratio(peer)) ? "" : ratio(peer).toFixed(1)));
  return `| ${[name, ...cells, ...ratios, marks.join(", ")].join(" | ")} |`;
}

function mark(reached: boolean, value: number, wanted: string): string {
  if (Number.isNaN(value)) return wanted;
  return `${wanted} ${reached ? "✓" : "✗"}`;
}

function floorLines(middle: Middle): string[] {
  const floor = middle("floor", "estiba");
  if (Number.isNaN(floor)) return [];
  const run = middle("run", "estiba");
  const least = Math.min(...PEERS.map((peer) => middle("run", peer) / run).filter((ratio) => !Number.isNaN(ratio)));
  const aim = Number.isFinite(least) ? ` Aim for \`run\`: ${AIM}×; here ${least.toFixed(1)}×.` : "";
  return [
    `The floor, a bare \`crun run\` of the same bundle, takes ${figure(floor, "ms")}: \`run --rm\` is ${(run / floor).toFixed(1)} times that.${aim}`,
  ];
}

const DIGITS: Partial<Record<Row["unit"], number>> = { "/s": 0, µs: 0, "": 0, "%": 1 };

function figure(value: number, unit: Row["unit"]): string {
  if (Number.isNaN(value)) return "";
  const digits = unit === "ms" ? (value < 100 ? 1 : 0) : (DIGITS[unit] ?? 2);
  return `${value.toFixed(digits)} ${unit}`.trim();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
