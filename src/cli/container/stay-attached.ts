import { join } from "node:path";
import type { RunningContainer } from "../../engine/run.ts";
import { getState } from "../../state/containers.ts";
import type { Cli } from "../context.ts";
import { attachStdio, forwardSignals } from "./attach-io.ts";
import type { Streams } from "./options/attach.ts";

type Staying = {
  readonly streams: Streams;
  readonly received: readonly NodeJS.Signals[];
  readonly sigProxy: boolean;
  readonly detachKeys: string | undefined;
};

/** In the foreground until the container has ended: its exit code; undefined when the user has detached. */
export async function stayAttached(
  cli: Cli,
  { record, launched, ended }: RunningContainer,
  { streams, ...how }: Staying,
): Promise<number | undefined> {
  const engine = cli.engine();
  const initPid = (): number | undefined => getState(engine.live, record.id)?.init?.pid;
  if (launched.attachment === undefined) {
    // Passthrough: the container has our stdio itself.
    using _signals = forwardSignals(initPid);
    return (await ended()).code;
  }
  const outcome = await attachStdio({
    attachment: launched.attachment,
    bundle: join(engine.paths.bundles, record.id),
    tty: record.spec.tty,
    interactive: record.spec.interactive && streams.stdin,
    shown: streams,
    initPid,
    ...how,
  });
  return outcome === "detached" ? undefined : (await ended()).code;
}
