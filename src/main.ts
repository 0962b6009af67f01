// Picks a door and sets the exit code; nothing else. `--version` has a door of its own; every other command loads only its own modules.
export const argv: string[] = process.argv.slice(2);

async function door(): Promise<number> {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
    process.stdout.write((await import("./cli/version.ts")).shortVersion());
    process.exit(0);
  }
  return await (await import("./cli/main.ts")).runCli(argv);
}

const code: number = await door();
(await import("./host/exit.ts")).exitNow(code);
