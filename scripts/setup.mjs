// The set-up that every command starts with, in plain Node: nothing else is there yet on a fresh machine.
//   node scripts/setup.mjs [--bench] [--long-tests] [--npm-only] [--as-root] [SCRIPT [ARGUMENT...]]
// installs what is missing, builds dist/estiba, then runs SCRIPT on the pinned Bun.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBinary } from "./setup/binary.mjs";
import { bunPath, installNodeModules } from "./setup/node-modules.mjs";
import { installPackages } from "./setup/packages.mjs";
import { asRoot, SetupError, step } from "./setup/step.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 20;

/** Set-up in its order; true when something had to be done. */
function setUp({ bench, long, npmOnly }) {
  const node = Number(process.versions.node.split(".")[0]);
  if (node < OLDEST_NODE)
    throw new SetupError(`Node ${process.versions.node} is too old\n  fix: install Node ${OLDEST_NODE} or newer`);
  if (process.platform !== "linux") throw new SetupError("Estiba runs on Linux only");
  const steps = [
    !npmOnly && step("Debian packages", (announce) => installPackages(announce, { bench, long })),
    step("npm packages", (announce) => installNodeModules(announce, ROOT)),
    !npmOnly && step("build", (announce) => buildBinary(announce, ROOT)),
  ];
  return steps.some(Boolean);
}

/** Runs the script to its end; its exit code becomes ours. Ctrl-C reaches it through the terminal, so we only wait. */
async function hand(script, args, privileged) {
  const bun = bunPath(ROOT);
  const environment = [`PATH=${dirname(bun)}:${process.env.PATH ?? ""}:/usr/sbin:/sbin`];
  const root = privileged ? asRoot(`${script} (it runs containers)`) : [];
  const prefix = root.length === 0 ? [] : [...root, "env", ...environment, ...passedOn()];
  const [file, ...rest] = [...prefix, bun, join(ROOT, script), ...args];
  const env = { ...process.env, PATH: environment[0].slice("PATH=".length) };
  const child = spawn(file, rest, { cwd: ROOT, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}

/** sudo starts with an empty environment; these are worth keeping. */
function passedOn() {
  return ["CI", "TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TMPDIR", "PREFIX"].flatMap((name) =>
    process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
  );
}

const words = process.argv.slice(2);
const first = words.findIndex((word) => !word.startsWith("--"));
const flags = words.splice(0, first === -1 ? words.length : first);
const unknown = flags.find((flag) => !["--bench", "--long-tests", "--npm-only", "--as-root"].includes(flag));
const [script, ...args] = words;

try {
  if (unknown !== undefined) throw new SetupError(`unknown option "${unknown}"`);
  const started = performance.now();
  const worked = setUp({
    bench: flags.includes("--bench"),
    long: flags.includes("--long-tests"),
    npmOnly: flags.includes("--npm-only"),
  });
  if (!worked) process.stdout.write(`set-up: nothing to do (${((performance.now() - started) / 1000).toFixed(2)} s)\n`);
  process.exitCode = script === undefined ? 0 : await hand(script, args, flags.includes("--as-root"));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`set-up failed: ${error.message}\n`);
  process.exitCode = 1;
}
