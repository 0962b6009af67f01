import { expect, test } from "bun:test";
import { StepTree } from "./tree.ts";

const SCREEN = { columns: 40, rows: 24, color: false };
const place = (number: number) => ({ stage: "make", number, of: 3 });

test("running steps have their time and last line, finished and cached ones how they ended", () => {
  const tree = new StepTree(0);
  tree.take({ kind: "begin", title: "COPY a b", ...place(2) }, 0);
  tree.take({ kind: "end", cached: true, seconds: 0.01, layer: undefined, ...place(2) }, 10);
  tree.take({ kind: "begin", title: "RUN make all the things there are", ...place(3) }, 1000);
  tree.take({ kind: "output", bytes: Buffer.from("one\n\u001b[31mtwo\u001b[0m\r\n"), ...place(3) }, 1500);
  expect(tree.render(3000, SCREEN)).toEqual([
    "[+] Building 3.0s (1/2)",
    " => CACHED [make 2/3] COPY a b      0.0s",
    " => [make 3/3] RUN make all the ... 2.0s",
    " => => two",
  ]);
  tree.take({ kind: "failed", title: "RUN x", excerpt: "", seconds: 2.5, ...place(3) }, 3500);
  expect(tree.render(9000, SCREEN).at(-1)).toBe(" => ERROR [make 3/3] RUN make al... 2.5s");
  expect(tree.render(9000, { ...SCREEN, color: true }).at(-1)).toStartWith("\u001b[31m => ERROR");
});

test("no line is wider than the screen, and no more lines than it is high", () => {
  const tree = new StepTree(0);
  for (let number = 1; number < 100; number++)
    tree.take({ kind: "begin", title: "RUN 日本語 ".repeat(10), stage: undefined, number, of: 99 }, 0);
  const lines = tree.render(1, { columns: 30, rows: 10, color: false });
  expect(lines).toHaveLength(9);
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(30);
});
