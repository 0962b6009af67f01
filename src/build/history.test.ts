import { expect, test } from "bun:test";
import { historyOf } from "./history.ts";

const meta = { createdBy: "LABEL a=b", emptyLayer: true, madeAt: undefined };
const layer = (second: number) => ({ createdBy: `RUN ${second}`, emptyLayer: false, madeAt: second * 1000 });
const times = (...args: Parameters<typeof historyOf>): (string | undefined)[] =>
  historyOf(...args).map(({ created }) => created?.slice(11, 19));

test("an instruction without files has the time of the step before it, the first ones that of the first step", () => {
  expect(times([meta, layer(1), meta, layer(2), meta], [], undefined)).toEqual([
    "00:00:01",
    "00:00:01",
    "00:00:01",
    "00:00:02",
    "00:00:02",
  ]);
});

test("without any step that makes files, it is the time of the base", () => {
  expect(times([meta], [{ created: "1970-01-01T00:00:09.000Z" }, {}], undefined)).toEqual(["00:00:09"]);
});

test("a timestamp stands for all", () => {
  expect(times([meta, layer(1)], [], 5)).toEqual(["00:00:05", "00:00:05"]);
});
