import type { Engine } from "../engine/engine.ts";
import { lookUpImage } from "../engine/find-image.ts";
import { withProgress } from "../lib/with-progress.ts";
import { type Applying, makeApplying } from "./apply/applying.ts";
import { stepDoer } from "./apply/do-step.ts";
import { runSteps, type StepEvent } from "./apply/run-steps.ts";
import { observeProject } from "./apply/world.ts";
import type { Loaded } from "./load.ts";
import { lockProject } from "./lock.ts";
import { serviceHash } from "./plan/hash.ts";
import { linked } from "./plan/linked.ts";
import { type ImageRequest, planImages } from "./plan/plan-images.ts";
import { type Plan, planUp } from "./plan/plan-up.ts";
import type { Step } from "./plan/step.ts";
import type { UpRequest } from "./plan/up-request.ts";
import type { Project } from "./project.ts";
import { copiedFiles } from "./spec/files.ts";

/** What an `up` is asked for, beyond the project. */
export type UpOptions = Omit<UpRequest, "hashes" | "known" | "pods"> & {
  readonly pull: string | undefined;
  readonly build: ImageRequest["build"];
  readonly timeoutSeconds: number | undefined;
  readonly images: Applying["images"];
  readonly hookOutput?: Applying["hookOutput"];
  /** Most pulls and builds at once. */
  readonly parallel: number | undefined;
};

/** What is said on the way: how steps go, and what the user should know. */
export type UpEvent =
  | StepEvent
  | { readonly phase: "notice"; readonly text: string }
  /** All is there; what follows are starts. */
  | { readonly phase: "made"; readonly plan: Plan };

/**
 * Makes the project true: images, networks, volumes, containers, then starts. What is there and fits stays. An abort ends it between steps;
 * what was done stays done, and the next call goes on from there.
 */
export async function* upProject(
  engine: Engine,
  loaded: Loaded,
  options: UpOptions,
  signal: AbortSignal,
): AsyncGenerator<UpEvent, Plan, undefined> {
  return yield* withProgress<UpEvent, Plan>(signal, async (report, inner) => {
    const { applying, hashes } = prepare(engine, loaded, options);
    const work = stepDoer(applying);
    await knowExternal(engine, loaded.project);
    const images = planImages(
      loaded.project,
      observeProject(engine, loaded.project.name),
      imageRequest(engine, options),
    );
    await runSteps(images, { signal: inner, report, work, ...limitOf(options.parallel) });
    const plan = await make(engine, { loaded, options, hashes }, { signal: inner, report, work });
    return plan;
  });
}

/** The plan alone, for `plan` and for a dry run: nothing is changed, and images that are not here are not brought. */
export function previewUp(engine: Engine, loaded: Loaded, options: UpOptions): { images: Step[]; plan: Plan } {
  const observed = observeProject(engine, loaded.project.name);
  const { hashes } = prepare(engine, loaded, options);
  return {
    images: planImages(loaded.project, observed, imageRequest(engine, options)),
    plan: planUp(loaded.project, observed, { ...options, hashes, known: loaded.declaredServices, pods: loaded.pods }),
  };
}

// One of the cluster's may not be on this node yet.
async function knowExternal(engine: Engine, { networks }: Project): Promise<void> {
  const names = Object.values(networks).flatMap(({ external, name }) => (external === true ? [name] : []));
  if (names.length > 0) await (await import("../engine/network/introduce.ts")).knowNetworks(engine, names);
}

type Wanted = {
  readonly loaded: Loaded;
  readonly options: UpOptions;
  readonly hashes: Readonly<Record<string, string>>;
};
type Doing = Omit<Parameters<typeof runSteps>[1], "report"> & { readonly report: (event: UpEvent) => void };

/** Steps of the second half: they wait for containers, and make nothing that another `up` could make too. */
const STARTING = new Set<Step["action"]["kind"]>(["start", "schedule", "keep", "wait", "pre-start"]);

async function make(engine: Engine, { loaded, options, hashes }: Wanted, doing: Doing): Promise<Plan> {
  const { project, declaredServices: known, pods } = loaded;
  const lock = await lockProject(engine, project.name, doing.signal);
  const planned = await (async () => {
    using _lock = lock;
    const plan = planUp(project, observeProject(engine, project.name), { ...options, hashes, known, pods });
    for (const text of plan.warnings) doing.report({ phase: "notice", text });
    await runSteps(linked(plan.steps.filter(({ action }) => !STARTING.has(action.kind))), doing);
    return plan;
  })();
  doing.report({ phase: "made", plan: planned });
  await runSteps(linked(planned.steps.filter(({ action }) => STARTING.has(action.kind))), doing);
  return planned;
}

function prepare(engine: Engine, loaded: Loaded, options: UpOptions) {
  const hashes = hashesOf(loaded);
  const { naming, timeoutSeconds, images, hookOutput } = options;
  const applying = makeApplying(engine, loaded, { naming, hashes, timeoutSeconds, images, hookOutput });
  return { applying, hashes };
}

/** By service: what its containers have to be made from. */
function hashesOf(loaded: Loaded): Record<string, string> {
  return Object.fromEntries(
    Object.entries(loaded.project.services).map(([name, service]) => {
      const contents = copiedFiles(loaded, service).map(({ name: file, data }) => [
        file,
        new Bun.CryptoHasher("sha256").update(data).digest("hex"),
      ]);
      return [name, serviceHash(service, Object.fromEntries(contents))];
    }),
  );
}

function imageRequest(engine: Engine, { naming, pull, build }: UpOptions): ImageRequest {
  return {
    naming,
    pull,
    build,
    now: Date.now(),
    arrivedAt: (reference) => lookUpImage(engine, reference)?.image.storedAtMs,
  };
}

function limitOf(parallel: number | undefined): { limit?: number } {
  return parallel === undefined || parallel < 1 ? {} : { limit: parallel };
}
