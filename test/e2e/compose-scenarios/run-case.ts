import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Case, filledIn, type Step } from "./case.ts";
import { type Container, type Outcome, type Seen, whyNot } from "./checks.ts";

/** What cases run with. */
export type World = {
  /** The words of a command of the program. */
  readonly argv: (words: readonly string[]) => string[];
  /** A folder for what cases need. */
  readonly folder: string;
  /** HOST:PORT of a registry that serves the case's images; undefined when it needs none. */
  readonly registry: string | undefined;
};

const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 200;

/** Runs a case; why it fails, or undefined when it does not. Whatever happened, nothing of it is left. */
export async function runCase(given: Case, world: World): Promise<string | undefined> {
  // The whole name: no two cases may meet.
  const project = `${given.name}-${process.pid}`;
  const [dir, tmp] = [join(world.folder, project, "dir"), join(world.folder, project, "tmp")];
  mkdirSync(tmp, { recursive: true });
  cpSync(given.folder, dir, { recursive: true, filter: (path) => !path.endsWith("/case.json") });
  const names: Record<string, string> = { dir, tmp, project, registry: world.registry ?? "" };
  const one = filledIn(given, names);
  const runner = runnerOf(world, { dir, tmp, project, env: one.env });
  const down = ["compose", "--project-name", project, "down", "-v", "--remove-orphans", "--timeout", "0"];
  try {
    await runner.engine(down);
    return await runSteps(given, names, runner);
  } finally {
    await runner.engine(down);
    for (const words of one.cleanup) await runner.engine(words);
    rmSync(join(world.folder, project), { recursive: true, force: true });
  }
}

type Place = {
  readonly dir: string;
  readonly tmp: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
};

type Runner = {
  readonly engine: (words: readonly string[]) => Promise<Outcome>;
  readonly step: (step: Step) => Promise<Outcome | undefined>;
  readonly snapshot: () => Promise<Container[]>;
};

function runnerOf({ argv }: World, { dir, tmp, project, env }: Place): Runner {
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: tmp,
    DOCKER_CONFIG: tmp,
    CONTAINERS_CONF: "/dev/null",
    ...env,
  };
  const engine = async (words: readonly string[]): Promise<Outcome> =>
    (await spawnWithin(argv(words), { cwd: tmp, env: variables }, PATIENCE_MS)) ?? {
      code: -1,
      stdout: "",
      stderr: "it hangs",
    };
  return {
    engine,
    step: async ({ kind, run, env: own = {}, stdin = "", withinMs = PATIENCE_MS }) => {
      const [, ...words] = run;
      const whole =
        kind === "compose" ? ["compose", "-f", join(dir, "compose.yaml"), "--project-name", project, ...words] : run;
      return await spawnWithin(argv(whole), { cwd: tmp, env: { ...variables, ...own }, stdin }, withinMs);
    },
    snapshot: async () => await snapshotOf(engine, project),
  };
}

type Spawning = { readonly cwd: string; readonly env: Record<string, string>; readonly stdin?: string };

async function spawnWithin(
  argv: string[],
  { cwd, env, stdin = "" }: Spawning,
  ms: number,
): Promise<Outcome | undefined> {
  const child = Bun.spawn(argv, { cwd, env, stdin: Buffer.from(stdin), stdout: "pipe", stderr: "pipe" });
  const late = { is: false };
  const timer = setTimeout(() => {
    late.is = true;
    child.kill("SIGKILL");
  }, ms);
  try {
    const read = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
    const [stdout, stderr, code] = await read;
    return late.is ? undefined : { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** The containers of the project that belong to a service: replicas and one-offs. */
async function snapshotOf(engine: Runner["engine"], project: string): Promise<Container[]> {
  const listed = await engine([
    "ps",
    "-a",
    "-q",
    "--no-trunc",
    "--filter",
    `label=com.docker.compose.project=${project}`,
  ]);
  const ids = listed.stdout.split("\n").filter((id) => id !== "");
  if (ids.length === 0) return [];
  // One that has vanished meanwhile is left out of what inspect prints.
  const { stdout } = await engine(["inspect", ...ids]);
  const found = JSON.parse(stdout.trim() === "" ? "[]" : stdout) as Inspected[];
  return found
    .map(containerOf)
    .filter(({ oneOff, number }) => oneOff || number !== "")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

type Inspected = {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
};

function containerOf({ Id, Name, State, Config }: Inspected): Container {
  const labels = Config.Labels ?? {};
  return {
    id: Id,
    name: Name.replace(/^\//, ""),
    service: labels["com.docker.compose.service"] ?? "",
    number: labels["com.docker.compose.container-number"] ?? "",
    oneOff: labels["com.docker.compose.oneoff"] === "True",
    status: State.Status,
    health: State.Health?.Status ?? "",
    labels,
  };
}

async function runSteps(given: Case, names: Record<string, string>, runner: Runner): Promise<string | undefined> {
  let before: Container[] = [];
  for (const [index, written] of given.steps.entries()) {
    const step = filledIn(written, names);
    const result = await runStep(step, before, runner);
    if (typeof result === "string") return `step ${index + 1}, ${step.run.join(" ")}: ${result}`;
    before = result.now;
    for (const [name, pattern] of Object.entries(step.capture ?? {})) {
      const captured = new RegExp(pattern).exec(result.stdout)?.[1];
      if (captured === undefined) return `step ${index + 1}: nothing matches ${pattern} in: ${result.stdout}`;
      names[name] = captured;
    }
  }
  return undefined;
}

type Passed = { readonly now: Container[]; readonly stdout: string };

/** Runs a step, a reading one again until its time is over; what it left, or why it fails. */
async function runStep(step: Step, before: Container[], runner: Runner): Promise<Passed | string> {
  const end = performance.now() + (step.retryMs ?? 0);
  for (;;) {
    const result = await tryStep(step, before, runner);
    if (typeof result !== "string" || performance.now() >= end) return result;
    await Bun.sleep(LOOK_AGAIN_MS);
  }
}

async function tryStep(step: Step, before: Container[], runner: Runner): Promise<Passed | string> {
  const outcome = await runner.step(step);
  if (outcome === undefined) return "it takes longer than it may";
  if (!step.mayFail && outcome.code !== 0) return `it ended with ${outcome.code}: ${outcome.stderr}${outcome.stdout}`;
  let now = await runner.snapshot();
  const imageExists = async (image: string): Promise<boolean> =>
    (await runner.engine(["image", "inspect", image])).code === 0;
  for (const check of step.expect) {
    const end = performance.now() + (check.eventuallyMs ?? 0);
    for (;;) {
      const seen: Seen = { outcome, before, now, imageExists };
      const reason = await whyNot(check, seen);
      if (reason === undefined) break;
      if (performance.now() >= end) return `${reason}\n(stderr: ${outcome.stderr})`;
      await Bun.sleep(LOOK_AGAIN_MS);
      now = await runner.snapshot();
    }
  }
  return { now, stdout: outcome.stdout };
}
