import { arrow, cutText, type Place, rect } from "./draw.ts";
import { depthsOf, type MapProject, type MapService } from "./services.ts";

const BOX = { width: 190, height: 44 };
const GAP = { x: 60, y: 14 };
const LANE = 16;
const HEADER = 36;
const MOST_WIDE = 280;

type Panel = { readonly parts: readonly string[]; readonly height: number };
type Area = Place & { readonly width: number };

/** What services need, as a panel of the picture: a column for each step from the top, an arrow for each need. Pure. */
export function servicesPanel({ name: project, services }: MapProject, area: Area): Panel {
  const { boxes, lanes, width, height } = layOut(services, area);
  const shapes = services.flatMap(({ name, state }) => {
    const place = boxes.get(name);
    if (place === undefined) return [];
    const letters = Math.floor(width / 8);
    return [
      rect({ ...place, width, height: BOX.height }, "card", `${name}: ${state}`),
      cutText({ x: place.x + 10, y: place.y + 19 }, name, letters, "b"),
      cutText({ x: place.x + 10, y: place.y + 35 }, state, letters + 6, "s"),
    ];
  });
  const depths = depthsOf(services);
  const arrows = services.flatMap(({ name, needs }) =>
    needs.flatMap((need) => {
      const [from, to] = [boxes.get(name), boxes.get(need.name)];
      if (from === undefined || to === undefined) return [];
      const between = columnsBetween(depths.get(name) ?? 0, depths.get(need.name) ?? 0);
      const way = between.flatMap((column) => lanes.get(laneKey(column, need.name)) ?? []);
      const middle = BOX.height / 2;
      const start = { x: from.x + width, y: from.y + middle };
      return [arrow([start, ...way, { x: to.x, y: to.y + middle }], `${name} needs ${need.name} ${need.want}`)];
    }),
  );
  const title = cutText({ x: area.x + 12, y: area.y + 22 }, `project ${project}: what its services need`, 100, "b");
  return { parts: [rect({ ...area, height }, "alone"), title, ...arrows, ...shapes], height };
}

type Layout = {
  readonly boxes: ReadonlyMap<string, Place>;
  /** Both ends of the way by which arrows to a service pass a column. */
  readonly lanes: ReadonlyMap<string, readonly [Place, Place]>;
  readonly width: number;
  readonly height: number;
};

function layOut(services: readonly MapService[], area: Area): Layout {
  const depths = depthsOf(services);
  const columns = Math.max(...depths.values()) + 1;
  const step = Math.min(MOST_WIDE, (area.width - 24) / columns);
  const width = Math.min(BOX.width, step - GAP.x);
  const boxes = new Map<string, Place>();
  const lanes = new Map<string, readonly [Place, Place]>();
  const ends = Array.from({ length: columns }, () => area.y + HEADER);
  const left = (column: number): number => area.x + 12 + column * step;
  const take = (column: number, height: number): number => {
    const y = ends[column] ?? 0;
    ends[column] = y + height;
    return y;
  };
  for (const { name } of services) {
    const column = depths.get(name) ?? 0;
    boxes.set(name, { x: left(column), y: take(column, BOX.height + GAP.y) });
  }
  // What passes a column goes below its boxes, all that leads to one service by one way.
  for (const { name, needs } of services) {
    for (const need of needs) {
      for (const column of columnsBetween(depths.get(name) ?? 0, depths.get(need.name) ?? 0)) {
        const key = laneKey(column, need.name);
        if (lanes.has(key)) continue;
        const y = take(column, LANE) + LANE / 2;
        lanes.set(key, [
          { x: left(column), y },
          { x: left(column) + width, y },
        ]);
      }
    }
  }
  return { boxes, lanes, width, height: Math.max(...ends) - area.y };
}

function columnsBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from - 1) }, (_, index) => from + 1 + index);
}

function laneKey(column: number, target: string): string {
  return `${column} ${target}`;
}
