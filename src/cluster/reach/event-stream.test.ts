import { expect, test } from "bun:test";
import type { EventRecord } from "../../state/events.ts";
import { type EventSource, makeEventStream } from "./event-stream.ts";
import type { EventNews } from "./task-events.ts";

function at(time: number, name = ""): EventRecord {
  return { time, type: "container", action: "start", id: "", name, attributes: {} };
}

async function* source(past: readonly number[], coming: readonly number[] = []): AsyncGenerator<EventNews> {
  for (const time of past) yield { event: at(time) };
  yield { toldAll: true };
  for (const time of coming) yield { event: at(time) };
}

async function timesOf(sources: readonly EventSource[], more: readonly EventRecord[] = []): Promise<number[]> {
  const stream = makeEventStream(sources, 50);
  for (const event of more) stream.tell(event);
  stream.end();
  const times: number[] = [];
  for await (const { time } of stream.events()) times.push(time);
  return times;
}

test("what had happened comes by time, before what comes, which is by time as well", async () => {
  expect(await timesOf([source([1, 4, 9], [20, 23]), source([2, 3, 8], [21]), source([])])).toEqual([
    1, 2, 3, 4, 8, 9, 20, 21, 23,
  ]);
  expect(await timesOf([source([1], [30])], [at(25)])).toEqual([1, 25, 30]);
});

test("a source that fails while it is followed fails the stream, behind what was told", async () => {
  async function* failing(): AsyncGenerator<EventNews> {
    yield { toldAll: true };
    throw new Error("gone");
  }
  const stream = makeEventStream([failing(), source([1])], 5);
  const seen: (number | string)[] = [];
  try {
    for await (const { time } of stream.events()) seen.push(time);
  } catch (error) {
    seen.push(String(error));
  }
  expect(seen).toEqual([1, "Error: gone"]);
});
