import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where commands run and what they see: the same for every peer. */
export type Place = {
  /** The bench's own folder; gone afterwards. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Runs a command to its end, its output thrown away, and returns the milliseconds it took. A failure throws with what it said. */
export function time(place: Place, argv: readonly string[]): number {
  return weigh(place, argv).elapsedMs;
}

/** Like {@link time}, with the most memory that it, or a command it waited for, had at a time. */
export function weigh(place: Place, argv: readonly string[]): { elapsedMs: number; megabytes: number } {
  // A file and not a pipe: a pipe would also wait for whatever the command leaves running in the background.
  const said = join(place.folder, "stderr");
  const stderr = openSync(said, "w");
  try {
    const started = Bun.nanoseconds();
    const { exitCode, resourceUsage } = Bun.spawnSync([...argv], {
      env: place.env,
      stdin: "ignore",
      stdout: "ignore",
      stderr,
    });
    const elapsedMs = (Bun.nanoseconds() - started) / 1e6;
    if (exitCode !== 0)
      throw new Error(`${argv.join(" ")}: exit ${exitCode}\n${readFileSync(said, "utf8").slice(-2000)}`);
    return { elapsedMs, megabytes: resourceUsage.maxRSS / 1e6 };
  } finally {
    closeSync(stderr);
  }
}

/** Like {@link time}, beside others. */
export async function timeBeside(place: Place, argv: readonly string[]): Promise<number> {
  const started = Bun.nanoseconds();
  const child = Bun.spawn([...argv], { env: place.env, stdio: ["ignore", "ignore", "ignore"] });
  const code = await child.exited;
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}`);
  return (Bun.nanoseconds() - started) / 1e6;
}

/** Runs a command and returns what it wrote to stdout. */
export function output(place: Pick<Place, "env">, argv: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...argv], { env: place.env, stdin: "ignore" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: exit ${exitCode}\n${stderr.toString().slice(-2000)}`);
  return stdout.toString();
}

/** Calls `probe` until it says yes; throws after the deadline, naming what was awaited. */
export async function waitFor(what: string, probe: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come within 30 s`);
    await Bun.sleep(50);
  }
}
