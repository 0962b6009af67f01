// Picks a door and sets the exit code; nothing else. The exit hook has a door of its own, so that it loads nothing but its own path.
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
