import { circle, cutText, type Place, rect, svgDocument } from "../../../views/map/draw.ts";
import { compactBytes } from "../../../views/map/marks.ts";
import type { ClusterPicture, MapNetwork, MapNode, MapTask } from "./picture.ts";

const MARGIN = 20;
const CARD = { width: 280, height: 88, gap: 12 };
const PER_ROW = 4;
const HEADER = 52;
const LINE = 16;
const WIDTH = MARGIN * 2 + PER_ROW * CARD.width + (PER_ROW + 1) * CARD.gap;
const COLOURS: Readonly<Record<MapTask["kind"], string>> = {
  well: "#3ca951",
  coming: "#efb118",
  ended: "#9498a0",
  failed: "#ff725c",
};

type Panel = { readonly height: number; readonly parts: readonly string[] };

/** The picture as an SVG document: a panel for each node with a card for each task; services and networks below. Pure. */
export function clusterSvg(picture: ClusterPicture): string {
  const { nodes, waiting, services, networks } = picture;
  const parts: string[] = [cutText({ x: MARGIN, y: 30 }, picture.title, 160, "b")];
  const served = services.map(({ name, replicas, mode, ports }) => `${name}  ${replicas} ${mode}  ${ports}`);
  const panels: ((y: number) => Panel)[] = [
    ...nodes.map((node) => (y: number) => nodePanel(node, y)),
    ...(waiting.length === 0 ? [] : [(y: number) => tasksPanel({ title: "waiting for a node", tasks: waiting }, y)]),
    ...(services.length === 0 ? [] : [(y: number) => linesPanel("services", served, y)]),
    ...networks.map((network) => (y: number) => linesPanel(...networkLines(network), y)),
  ];
  let y = 48;
  for (const draw of panels) {
    const panel = draw(y);
    parts.push(...panel.parts);
    y += panel.height + MARGIN;
  }
  return svgDocument({ width: WIDTH, height: y }, parts);
}

function nodePanel({ name, state, isReady, address, cpus, memoryBytes, tasks }: MapNode, y: number): Panel {
  const facts = `${state}; ${address}, ${Math.round(cpus * 100) / 100} CPUs, ${compactBytes(memoryBytes)}`;
  const { height, parts } = tasksPanel({ title: `node ${name}`, facts, tasks }, y);
  const light = circle({ x: WIDTH - MARGIN - 16, y: y + 18 }, isReady ? COLOURS.well : COLOURS.failed, state);
  return { height, parts: [...parts, light] };
}

type Tasks = { readonly title: string; readonly facts?: string; readonly tasks: readonly MapTask[] };

function tasksPanel({ title, facts = "", tasks }: Tasks, y: number): Panel {
  const rows = Math.ceil(tasks.length / PER_ROW);
  const height = HEADER + rows * (CARD.height + CARD.gap);
  const cards = tasks.flatMap((task, index) => {
    const x = MARGIN + CARD.gap + (index % PER_ROW) * (CARD.width + CARD.gap);
    return card(task, { x, y: y + HEADER - 6 + Math.floor(index / PER_ROW) * (CARD.height + CARD.gap) });
  });
  return {
    height,
    parts: [
      rect({ x: MARGIN, y, width: WIDTH - 2 * MARGIN, height }, facts === "" ? "alone" : "pod"),
      cutText({ x: MARGIN + 12, y: y + 20 }, title, 60, "b"),
      cutText({ x: MARGIN + 12, y: y + 37 }, facts, 150, "s"),
      ...cards,
    ],
  };
}

function card({ name, state, kind, image, addresses, error }: MapTask, { x, y }: Place): string[] {
  const facts = [image, ...addresses, ...(error === "" ? [] : [error])];
  const shown = facts.length > 3 ? [...facts.slice(0, 2), `and ${facts.length - 2} more`] : facts;
  return [
    rect({ x, y, width: CARD.width, height: CARD.height }, "card", facts.join("; ")),
    circle({ x: x + 14, y: y + 14 }, COLOURS[kind], state),
    cutText({ x: x + 26, y: y + 19 }, name, 32, "b"),
    cutText({ x: x + 10, y: y + 36 }, state, 46),
    ...shown.map((fact, index) => cutText({ x: x + 10, y: y + 52 + index * 13 }, fact, 50, "s")),
  ];
}

function networkLines({ name, what, members, nodes }: MapNetwork): [title: string, lines: string[]] {
  const led = members.map(({ name: member, virtual, tasks }) => {
    const to = tasks.length === 0 ? "nobody" : tasks.join(" ");
    return `${member}  ${virtual === "" ? "" : `${virtual} → `}${to}`;
  });
  return [`network ${name}, ${what}`, [...led, ...(nodes.length === 0 ? [] : [`nodes: ${nodes.join(", ")}`])]];
}

function linesPanel(title: string, lines: readonly string[], y: number): Panel {
  const height = 34 + lines.length * LINE;
  return {
    height,
    parts: [
      rect({ x: MARGIN, y, width: WIDTH - 2 * MARGIN, height }, "bar"),
      cutText({ x: MARGIN + 12, y: y + 20 }, title, 120, "b"),
      ...lines.map((line, index) => cutText({ x: MARGIN + 12, y: y + 40 + index * LINE }, line, 190)),
    ],
  };
}
