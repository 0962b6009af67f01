// `npm run bench [-- --quick] [--only NAME[,NAME]] [--peers NAME[,NAME]] [--write]`: Estiba beside podman and docker on this machine.
// It runs as a machine of its own (mounts, network, processes), so that nothing of the peers outlives it, however it ends.
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { join } from "node:path";
import { nodeCgroups } from "./cluster/estiba.ts";
import { listCgroups, makeCovered, OWN_MACHINE, removeNewCgroups } from "./host.ts";
import { measureAll, type Results } from "./inside.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { PEER_CGROUPS } from "./peers.ts";
import { lostRows, report } from "./report.ts";

const ROOT: string = join(import.meta.dir, "..");
const TEMPORARY: string = process.env["TMPDIR"] ?? "/var/tmp";
const CACHE: string = join(TEMPORARY, "estiba-bench-cache");
const README: string = join(ROOT, "README.md");
const INSIDE = "--inside";
const [BEGIN, END] = ["<!-- bench:begin -->", "<!-- bench:end -->"] as const;

async function outside(argv: readonly string[], options: BenchOptions): Promise<number> {
  // What cannot be written at the end is not worth minutes of measuring.
  if (options.write) await readReadme();
  const folder = mkdtempSync(join(TEMPORARY, "estiba-bench-"));
  const cgroups = listCgroups();
  using _covered = makeCovered();
  try {
    const again = [process.execPath, import.meta.path, INSIDE, folder, ...argv];
    const child = Bun.spawn([...OWN_MACHINE, ...again], { stdio: ["ignore", "inherit", "inherit"] });
    // Killing its first process ends all others of the namespace; then we clean up as always.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill("SIGKILL"));
    const code = await child.exited;
    const found = Bun.file(join(folder, "results.json"));
    if (code !== 0 || !(await found.exists())) return child.signalCode === null ? 1 : 130;
    await publish(await found.json(), options);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await removeNewCgroups(cgroups, [...PEER_CGROUPS, ...nodeCgroups(options.heavyRounds)]);
  }
}

async function publish(results: Results, { write }: BenchOptions): Promise<void> {
  const machine = `a ${availableParallelism()}-core machine, Linux ${release().split("-")[0]}, Debian ${debianVersion()}`;
  const table = report({ ...results, machine });
  console.log(table);
  const path = join(ROOT, "bench/results", `${new Date().toISOString().replaceAll(":", "")}.json`);
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  await Bun.write(path, `${JSON.stringify({ machine, ...results }, null, 1)}\n`);
  giveBack(join(ROOT, "bench/results"));
  giveBack(path);
  if (!write) return;
  const { before, between, after } = await readReadme();
  const lost = lostRows(between, table);
  if (lost.length > 0)
    throw new Error(`README.md stays as it is: its table has rows that were not measured: ${lost.join("; ")}`);
  await Bun.write(README, `${before}\n\n${table}\n\n${after}`);
}

/** The README before, between and after its two marks. */
async function readReadme(): Promise<{ before: string; between: string; after: string }> {
  const text = await Bun.file(README).text();
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no lines ${BEGIN} and ${END} to write between`);
  const start = begin + BEGIN.length;
  return { before: text.slice(0, start), between: text.slice(start, end), after: text.slice(end) };
}

/** Under sudo, what stays belongs to whoever called. */
function giveBack(path: string): void {
  const [user, group] = [process.env["SUDO_UID"], process.env["SUDO_GID"]];
  if (user !== undefined && group !== undefined) chownSync(path, Number(user), Number(group));
}

function debianVersion(): string {
  return existsSync("/etc/debian_version") ? readFileSync("/etc/debian_version", "utf8").trim() : "unknown";
}

async function inside(folder: string, argv: readonly string[]): Promise<number> {
  const results = await measureAll(folder, CACHE, parseOptions(argv));
  await Bun.write(join(folder, "results.json"), JSON.stringify(results));
  return 0;
}

try {
  const [first, folder = "", ...rest] = process.argv.slice(2);
  const argv = process.argv.slice(2);
  process.exit(first === INSIDE ? await inside(folder, rest) : await outside(argv, parseOptions(argv)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
