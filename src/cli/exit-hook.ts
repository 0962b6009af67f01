import { existsSync } from "node:fs";

/**
 * The door of `--root R --runroot RR container cleanup ID`, the words that conmon was given. A command that stopped or
 * removed the container has usually cleaned up before this process is up: then the bundle is gone, and nothing more is loaded.
 */
export async function runExitHook(argv: readonly string[]): Promise<number> {
  const [rootOption, root, runRootOption, runRoot, , , id = "", ...more] = argv;
  const isOurs =
    rootOption === "--root" && runRootOption === "--runroot" && /^[0-9a-f]{64}$/.test(id) && more.length === 0;
  // Typed by a person, in another form: the command line understands it.
  if (!isOurs) return await (await import("./main.ts")).runCli(argv);
  if (!existsSync(`${runRoot}/containers/${id}`)) return 0;
  const { openEngine } = await import("../engine/engine.ts");
  const { cleanupContainer } = await import("../engine/cleanup.ts");
  try {
    await cleanupContainer(openEngine({ root, runRoot, acceptNewer: true }), id);
    return 0;
  } catch (error) {
    const { exitCodeOf, formatError } = await import("./exit.ts");
    const { writeAll } = await import("./context.ts");
    writeAll(2, formatError(error));
    return exitCodeOf(error);
  }
}
