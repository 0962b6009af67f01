import type { Engine } from "../engine/engine.ts";
import { withProgress } from "../lib/with-progress.ts";
import { listNetworks } from "../state/networks.ts";
import { listVolumes } from "../state/volumes.ts";
import { type Applying, makeApplying } from "./apply/applying.ts";
import { stepDoer } from "./apply/do-step.ts";
import { runSteps, type StepEvent } from "./apply/run-steps.ts";
import { removeProjectSecrets } from "./apply/secrets.ts";
import { observeProject } from "./apply/world.ts";
import type { Loaded } from "./load.ts";
import { lockProject } from "./lock.ts";
import { imageOf, LABELS, type Naming } from "./plan/names.ts";
import { orphansOf, orphanWarning } from "./plan/orphans.ts";
import { planDown } from "./plan/plan-down.ts";
import type { Step } from "./plan/step.ts";

/** What a `down` is asked for. */
export type DownOptions = {
  readonly naming: Naming;
  readonly services: readonly string[];
  readonly removeOrphans: boolean;
  readonly ignoreOrphans: boolean;
  readonly volumes: boolean;
  /** `all`, or `local` for images that the file does not name. */
  readonly images: "all" | "local" | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly hookOutput?: Applying["hookOutput"];
};

/**
 * Takes a project away: containers, networks, with `volumes` volumes too. Without a file the labels say what belongs to it. What is in use
 * elsewhere stays, with a warning. Idempotent.
 */
export async function* downProject(
  engine: Engine,
  loaded: Loaded | undefined,
  options: DownOptions,
  signal: AbortSignal,
): AsyncGenerator<StepEvent | { readonly phase: "notice"; readonly text: string }, void, undefined> {
  type Event = StepEvent | { readonly phase: "notice"; readonly text: string };
  yield* withProgress<Event, void>(signal, async (report, inner) => {
    const { naming, timeoutSeconds, hookOutput } = options;
    const applying = makeApplying(engine, loaded ?? withoutFile(naming.project), {
      naming,
      timeoutSeconds,
      hookOutput,
    });
    using lock = await lockProject(engine, naming.project, inner);
    const { steps, warnings } = previewDown(engine, loaded, options);
    for (const text of warnings) report({ phase: "notice", text });
    await runSteps(steps, { signal: inner, report, work: stepDoer(applying) });
    if (options.services.length > 0) return;
    removeProjectSecrets(engine, options.naming.project);
    lock.discard();
  });
}

/** What a `down` would do. */
export function previewDown(
  engine: Engine,
  loaded: Loaded | undefined,
  options: DownOptions,
): { steps: Step[]; warnings: string[] } {
  const { naming, services, removeOrphans, volumes } = options;
  const { containers, pods } = observeProject(engine, naming.project);
  const whole = services.length === 0;
  const known = loaded?.declaredServices;
  const orphans =
    known === undefined || removeOrphans || options.ignoreOrphans || !whole ? [] : orphansOf(containers, known);
  const steps = planDown(containers, {
    services,
    removeOrphans,
    known,
    pods,
    networks: whole ? networksOf(engine, naming.project, loaded) : [],
    volumes: whole && volumes ? volumesOf(engine, naming.project, loaded) : [],
    images: whole && options.images !== undefined ? imagesOf(engine, loaded, options) : [],
    anonymousVolumes: volumes,
    providers: Object.entries(loaded?.project.services ?? {}).flatMap(([name, { provider }]) =>
      provider === undefined || (!whole && !services.includes(name)) ? [] : [name],
    ),
  });
  const named = orphans.filter(({ oneOff, helper }) => !oneOff && !helper);
  return { steps, warnings: named.length === 0 ? [] : [orphanWarning(named)] };
}

function networksOf(engine: Engine, project: string, loaded: Loaded | undefined): string[] {
  const external = new Set(externalNames(loaded?.project.networks));
  return listNetworks(engine.store)
    .filter(({ name, labels = {} }) => labels[LABELS.project] === project && !external.has(name))
    .map(({ name }) => name);
}

function volumesOf(engine: Engine, project: string, loaded: Loaded | undefined): string[] {
  const external = new Set(externalNames(loaded?.project.volumes));
  return listVolumes(engine.store)
    .filter(({ name, labels, anonymous }) => labels[LABELS.project] === project && !anonymous && !external.has(name))
    .map(({ name }) => name);
}

function externalNames(resources: Readonly<Record<string, { name: string; external?: boolean }>> = {}): string[] {
  return Object.values(resources).flatMap(({ name, external }) => (external === true ? [name] : []));
}

function imagesOf(engine: Engine, loaded: Loaded | undefined, { images, naming }: DownOptions): string[] {
  const all = Object.entries(loaded?.project.services ?? {}).flatMap(([name, service]) =>
    service.provider !== undefined || (images === "local" && service.image !== undefined)
      ? []
      : [imageOf(naming, name, service)],
  );
  const { imageId } = observeProject(engine, naming.project);
  return [...new Set(all)].filter((name) => imageId(name) !== undefined);
}

/** A project that is known by its containers' labels only. */
export function withoutFile(name: string): Loaded {
  return {
    project: { name, services: {}, networks: {}, volumes: {}, secrets: {}, configs: {}, models: {} },
    projectDirectory: "/",
    files: [],
    environmentFiles: [],
    environment: {},
    declaredServices: [],
    pods: {},
    disabledServices: [],
    environmentSources: {},
    warnings: [],
    sources: { of: () => undefined },
  };
}
