import { existsSync } from "node:fs";
import type { Doors } from "./context.ts";

/**
 * The door of `--root R --runroot RR container cleanup [--exec SESSION] ID`, the words that conmon was given. A command that stopped or
 * removed the container has usually cleaned up before this process is up: then the bundle is gone, and nothing more is loaded.
 */
export async function runExitHook(argv: readonly string[], doors: Doors): Promise<number> {
  const [rootOption, root, runRootOption, runRoot, , , ...words] = argv;
  const [session, id = "", ...more] = words[0] === "--exec" ? words.slice(1) : [undefined, ...words];
  const isOurs =
    rootOption === "--root" && runRootOption === "--runroot" && /^[0-9a-f]{64}$/.test(id) && more.length === 0;
  // Typed by a person, in another form: the command line understands it.
  if (!isOurs) return await (await import("./main.ts")).runCli(argv, doors);
  if (!existsSync(`${runRoot}/containers/${id}${session === undefined ? "" : `/exec/${session}`}`)) return 0;
  try {
    const engine = (await import("../engine/engine.ts")).openEngine({ root, runRoot, acceptNewer: true });
    if (session === undefined) await (await import("../engine/cleanup.ts")).cleanupContainer(engine, id);
    else (await import("../engine/exec-session.ts")).finishSession(engine, id, session);
    return 0;
  } catch (error) {
    const { exitCodeOf, formatError } = await import("./exit.ts");
    const { writeAll } = await import("./context.ts");
    writeAll(2, formatError(error));
    return exitCodeOf(error);
  }
}
