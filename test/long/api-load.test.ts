import { expect, test } from "bun:test";
import { openStreams } from "../fixtures/api-streams.ts";
import { useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const STREAMS = 1_000;

test(`${STREAMS} streams of attach and exec, opened and closed in every way, leave nothing behind`, async () => {
  await openStreams(engine, service, STREAMS);
  const megabytes = Math.round(service.privateBytes() / 1e6);
  expect(megabytes).toBeLessThan(120);
  recordFigure(
    "attach and exec streams opened and closed",
    `${STREAMS}, nothing left; ${megabytes} MB of private memory then`,
  );
});
