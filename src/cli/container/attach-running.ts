import { join } from "node:path";
import type { Attached } from "../../engine/attach.ts";
import { endOfRun } from "../../engine/end-of-run.ts";
import { getState } from "../../state/containers.ts";
import type { Cli } from "../context.ts";
import { attachStdio } from "./attach-io.ts";

type AttachFlags = { readonly stdin: boolean; readonly sigProxy: boolean; readonly detachKeys: string | undefined };

/** Joins our stdio to a container that has been running, and gives its exit code; 0 when the user detaches. */
export async function attachToRunning(cli: Cli, { record, attachment }: Attached, flags: AttachFlags): Promise<number> {
  const engine = cli.engine();
  const { tty, interactive } = record.spec;
  const outcome = await attachStdio({
    attachment,
    bundle: join(engine.paths.bundles, record.id),
    tty,
    // A terminal can always be typed on.
    interactive: flags.stdin && (interactive || tty),
    initPid: () => getState(engine.live, record.id)?.init?.pid,
    sigProxy: flags.sigProxy,
    detachKeys: flags.detachKeys,
    redraw: true,
    leavesUnread: true,
  });
  return outcome === "detached" ? 0 : (await endOfRun(engine, record)).code;
}
