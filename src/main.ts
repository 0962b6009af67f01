// Picks a door and sets the exit code; nothing else. The exit hook has a door of its own, so that it loads nothing but its own path.
const argv: string[] = process.argv.slice(2);

async function door(): Promise<number> {
  return await (await import("./cli/main.ts")).runCli(argv);
}

process.exit(await door());

export {};
