import { expect, test } from "bun:test";
import { depthsOf, type MapService, servicesText } from "./services.ts";
import { servicesPanel } from "./services-svg.ts";

const service = (name: string, needs: Readonly<Record<string, string>> = {}, state = "1 running"): MapService => ({
  name,
  needs: Object.entries(needs).map(([other, want]) => ({ name: other, want })),
  state,
});
const SHOP = [
  service("api", { db: "healthy", migrate: "completed" }),
  service("cache"),
  service("db", {}, "1 running, healthy"),
  service("migrate", { db: "" }, "1 exited (0)"),
  service("web", { api: "healthy", cache: "" }, "3 running"),
];

test("each service stands above what it needs, what nobody needs at the left, and each is unfolded once", () => {
  const circle = [service("a", { b: "" }), service("b", { a: "" })];
  expect(servicesText({ name: "shop", services: [...SHOP, service("worker", { api: "" })] })).toEqual(
    [
      "SERVICES of shop, and what they need           CONTAINERS",
      "web                                            3 running",
      "├─ api, healthy                                1 running",
      "│  ├─ db, healthy                              1 running, healthy",
      "│  └─ migrate, completed                       1 exited (0)",
      "│     └─ db                                    1 running, healthy",
      "└─ cache                                       1 running",
      "worker                                         1 running",
      "└─ api (see above)                             1 running",
    ].map((line, index) => (index === 0 ? line : line.padEnd(80))),
  );
  // As labels of old containers may have it.
  expect(servicesText({ name: "c", services: circle }).map((line) => line.slice(0, 20).trimEnd())).toEqual([
    "SERVICES of c, and w",
    "a",
    "└─ b",
    "   └─ a (see above)",
  ]);
});

test("no line is wider than 80 columns, however long the names and deep the needs", () => {
  const chain = Array.from({ length: 40 }, (_, index) =>
    service(`service-with-a-very-long-name-${index}`, { [`service-with-a-very-long-name-${index + 1}`]: "healthy" }),
  );
  const lines = servicesText({ name: "p".repeat(60), services: chain });
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("the picture has a column for each step, and an arrow for each need of a service that is there", () => {
  expect(Object.fromEntries(depthsOf(SHOP))).toEqual({ web: 0, api: 1, cache: 1, migrate: 2, db: 3 });
  const { parts } = servicesPanel({ name: "shop", services: SHOP }, { x: 0, y: 0, width: 1200 });
  expect(parts.filter((part) => part.startsWith("<g>"))).toHaveLength(5);
  expect(parts.join("")).toContain("<title>api needs migrate completed</title>");
  const numbers = [...parts.join(" ").matchAll(/ x="([^"]+)"/g)].map(([, x]) => Number(x));
  expect(numbers.filter((x) => !(x >= 0 && x <= 1200))).toEqual([]);
});
