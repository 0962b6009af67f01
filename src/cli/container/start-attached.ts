import { join } from "node:path";
import { attachContainer } from "../../engine/attach.ts";
import { endOfRun } from "../../engine/end-of-run.ts";
import { startContainer } from "../../engine/start.ts";
import { getState } from "../../state/containers.ts";
import type { Cli } from "../context.ts";
import { attachStdio, forwardSignals, holdSignals, terminalSize } from "./attach-io.ts";
import { attachToRunning } from "./attach-running.ts";

type AttachValues = { interactive: boolean; "detach-keys": string | undefined; "sig-proxy": boolean };

/** `start --attach`: starts a container with our stdio joined to it, and gives its exit code; 0 when the user detaches. */
export async function startAttached(cli: Cli, name: string, values: AttachValues): Promise<number> {
  const engine = cli.engine();
  const { "detach-keys": detachKeys, "sig-proxy": sigProxy } = values;
  using held = holdSignals();
  const started = await startContainer(engine, name, terminalSize() ?? true);
  const { record, attachment, monitor } = started;
  for (const warning of started.warnings) cli.warn(warning);
  const initPid = (): number | undefined => getState(engine.live, record.id)?.init?.pid;
  if (attachment === undefined && !started.wasRunning) {
    // Passthrough: the container has our stdio itself.
    using _signals = forwardSignals(initPid);
    return (await endOfRun(engine, record, monitor)).code;
  }
  if (attachment === undefined) {
    const attached = attachContainer(engine, record.id);
    return await attachToRunning(cli, attached, { stdin: values.interactive, sigProxy, detachKeys });
  }
  const outcome = await attachStdio({
    attachment,
    bundle: join(engine.paths.bundles, record.id),
    tty: record.spec.tty,
    interactive: values.interactive && record.spec.interactive,
    initPid,
    sigProxy,
    detachKeys,
    received: held.received,
  });
  return outcome === "detached" ? 0 : (await endOfRun(engine, record, monitor)).code;
}
