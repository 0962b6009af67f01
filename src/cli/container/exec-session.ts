import { type ExecClient, execInContainer } from "../../engine/exec.ts";
import { type SessionRequest, startSession } from "../../engine/exec-detached.ts";
import { hangUpWithUs } from "../../host/hang-up.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { attachStdio, terminalSize } from "./attach-io.ts";

type InSession = Omit<SessionRequest, "attach"> & {
  readonly detach: boolean;
  /** For a runtime whose commands cannot be detached from. */
  readonly direct: ExecClient;
  readonly keys: string | undefined;
};

/** `exec` of a command that may outlive this process. */
export async function execInSession(cli: Cli, name: string, request: InSession): Promise<number> {
  if (!request.detach) return await execAttached(cli, name, request);
  const { id } = await startSession(cli.engine(), name, { ...request, attach: false });
  cli.out(`${id}\n`);
  return 0;
}

// On a terminal the detach keys set the command free; without them it ends with this process.
async function execAttached(cli: Cli, name: string, { direct, keys, ...request }: InSession): Promise<number> {
  const size = terminalSize();
  const session = await startSession(cli.engine(), name, { ...request, attach: size ?? true }).catch(
    (error: unknown) => {
      if (isEstibaError(error) && error.reason === "exec.no_terminal_in_sandbox" && keys === undefined)
        return undefined;
      throw error;
    },
  );
  if (session?.attachment === undefined) return await execInContainer(cli.engine(), name, request.spec, direct);
  using _guard = hangUpWithUs(session.pid);
  const outcome = await attachStdio({
    attachment: session.attachment,
    bundle: session.folder,
    tty: request.spec.tty,
    interactive: request.interactive,
    initPid: () => session.pid,
    detachKeys: keys,
  });
  return outcome === "detached" ? 0 : await session.ended();
}
