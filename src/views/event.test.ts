import { expect, test } from "bun:test";
import type { EventRecord } from "../state/events.ts";
import { eventJson, eventRow, eventText } from "./event.ts";
import { goTime, unixNanos } from "./go-time.ts";

const ID = "ab".repeat(32);
const died: EventRecord = {
  time: 1_764_076_134_754.5615,
  type: "container",
  action: "died",
  id: ID,
  name: "web",
  attributes: { image: "localhost/bb:1", exitCode: "3" },
  labels: { a: "b" },
};

test("a time is printed to the microsecond, without the zeros at its end", () => {
  // The tests' machine may stand in any zone: the digits of the fraction are the same everywhere.
  expect(goTime(1_764_076_134_754.5615)).toMatch(/^2025-11-2\d \d\d:\d\d:\d\d\.754562 [+-]\d{4} \S+$/);
  expect(goTime(1_764_076_134_000)).toMatch(/:\d\d [+-]\d{4} \S+$/);
  expect(unixNanos(1_764_076_134_754.5615)).toBe("1764076134754562000");
  expect(unixNanos(1_764_076_134_999.9998)).toBe("1764076135000000000");
});

test("the text of an event names the container, its image and its labels, as Podman's", () => {
  expect(eventText(died, true)).toEndWith(` container died ${ID.slice(0, 12)} (image=localhost/bb:1, name=web, a=b)`);
  expect(eventText(died, false)).toContain(` ${ID} `);
  const plain = { ...died, attributes: {}, labels: {} };
  expect(eventText({ ...plain, type: "volume", action: "create", name: "v" }, false)).toEndWith(" volume create v");
  expect(eventText({ ...plain, type: "system", action: "prune", name: "" }, false)).toEndWith(" system prune");
  expect(eventText({ ...plain, type: "image", action: "pull", name: "bb:1" }, true)).toEndWith(
    ` image pull ${ID.slice(0, 12)} bb:1`,
  );
});

test("a health check's event tells its result before the labels", () => {
  const attributes = { image: "i", health_status: "healthy", health_failing_streak: "0", health_log: "" };
  const event = { ...died, action: "health_status", attributes };
  expect(eventText(event, true)).toEndWith(
    "(image=i, name=web, health_status=healthy, health_failing_streak=0, health_log=, a=b)",
  );
  expect(eventJson(event)).toMatchObject({ health_status: "healthy", Attributes: { a: "b" } });
});

test("the JSON of an event has Podman's fields, and none that is empty", () => {
  expect(eventJson(died)).toEqual({
    ContainerExitCode: 3,
    ID,
    Image: "localhost/bb:1",
    Name: "web",
    Status: "died",
    time: 1_764_076_134,
    timeNano: 1_764_076_134_754_562_000,
    Type: "container",
    Attributes: { a: "b" },
  });
  expect(JSON.stringify(eventJson(died))).toContain('"timeNano":1764076134754562000,');
  expect(eventRow({ ...died, attributes: {} })).toMatchObject({ ContainerExitCode: null, Image: "", PodID: "" });
});
