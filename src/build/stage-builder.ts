import type { Engine } from "../engine/engine.ts";
import type { Arriving } from "../image/temporary.ts";
import { formatPlatform, hostPlatform } from "../oci/platform.ts";
import type { BuiltStage } from "./built-stage.ts";
import type { BuildEvent, StepPlace } from "./events.ts";
import { excerptOf } from "./excerpt.ts";
import { loadBase } from "./execute/base-image.ts";
import { type StageFiles, withLayer } from "./execute/files.ts";
import { historyOf, type TimedEntry } from "./history.ts";
import type { Containerfile, Stage } from "./parse/containerfile.ts";
import { syntaxError } from "./parse/source.ts";
import { type BuildScope, evaluateStage } from "./plan/evaluate.ts";
import { replacerFor } from "./plan/scope.ts";
import { baseOrigin, copyOrigin } from "./plan/stages.ts";
import type { LayerStep } from "./plan/step.ts";
import { foreignRun } from "./refusals.ts";
import type { BuildRequest } from "./request.ts";
import type { SharedStep } from "./shared-cache/shared-cache.ts";
import { Slots } from "./slots.ts";
import { type MadeStep, StepMaker } from "./step-maker.ts";

type Shared = {
  readonly file: Containerfile;
  readonly scope: BuildScope;
  readonly report: (event: BuildEvent) => void;
  /** Told of all that the build finds here, which must stay until its end. */
  readonly hold: Arriving["hold"];
};

/** Builds stages, each once, whoever asks for it; the first failure ends all. */
export class StageBuilder implements Disposable {
  readonly #engine: Engine;
  readonly #request: BuildRequest;
  readonly #shared: Shared;
  readonly #slots: Slots;
  readonly #maker: StepMaker;
  readonly #failed = new AbortController();
  /** Each is looked for, and pulled, once. */
  readonly #images = new Map<string, Promise<BuiltStage>>();
  readonly #built = new Map<number, Promise<BuiltStage>>();

  constructor(engine: Engine, request: BuildRequest, shared: Shared) {
    this.#engine = engine;
    this.#shared = shared;
    this.#slots = new Slots(request.jobs);
    this.#request = { ...request, signal: AbortSignal.any([request.signal, this.#failed.signal]) };
    this.#maker = new StepMaker(engine, this.#request, {
      ...shared,
      sources: { stage: (stage) => this.#stage(stage), image: (name) => this.#image(name, undefined) },
    });
  }

  [Symbol.dispose](): void {
    this.#maker[Symbol.dispose]();
  }

  /** Every step that was made or found. */
  get steps(): readonly SharedStep[] {
    return this.#maker.steps;
  }

  /** The stage, built; all that was begun for it has ended, whether well or badly. */
  async build(stage: Stage): Promise<BuiltStage> {
    try {
      return await this.#stage(stage);
    } catch (error) {
      this.#failed.abort(error);
      await Promise.allSettled(this.#built.values());
      throw error;
    }
  }

  #stage(stage: Stage): Promise<BuiltStage> {
    const known = this.#built.get(stage.index);
    if (known !== undefined) return known;
    const work = this.#make(stage);
    this.#built.set(stage.index, work);
    // Whoever waits for it hears of a failure; siblings need not go on.
    work.catch((error: unknown) => this.#failed.abort(error));
    return work;
  }

  async #make(stage: Stage): Promise<BuiltStage> {
    const { file, scope, report } = this.#shared;
    const begun = this.#beginNeeded(stage);
    const base = await this.#base(stage);
    const evaluated = evaluateStage(stage.instructions, { config: base, args: base.args }, scope);
    for (const text of evaluated.warnings) report({ kind: "warning", text });
    const layered = evaluated.steps.filter(({ kind }) => kind !== "meta").length + 1;
    const several = file.stages.length > 1;
    const name = several ? (stage.name ?? `stage-${stage.index}`) : undefined;
    const foreign = !isHostPlatform(base.platform);
    let { files } = base;
    const made: TimedEntry[] = [];
    let number = 1;
    for (const step of evaluated.steps) {
      this.#request.signal.throwIfAborted();
      if (foreign && step.kind === "run") throw foreignRun(step, formatPlatform(base.platform));
      if (step.kind === "meta") {
        made.push({ createdBy: step.createdBy, emptyLayer: true, madeAt: undefined });
        continue;
      }
      const place = { stage: name, number: ++number, of: layered };
      const { layer, madeAt } = await this.#step(stage, step, { files, place });
      if (layer !== undefined) files = withLayer(files, layer);
      made.push({ createdBy: step.createdBy, emptyLayer: layer === undefined, madeAt });
    }
    await begun;
    const history = [...base.history, ...historyOf(made, base.history, this.#request.timestamp)];
    const { process, author, args } = evaluated;
    return { files, base: base.base, process, author, platform: base.platform, history, args };
  }

  // What a later step copies from is begun at once, beside this stage.
  async #beginNeeded(stage: Stage): Promise<void> {
    const { file } = this.#shared;
    const needed = stage.instructions.flatMap((instruction) => {
      const { statement } = instruction;
      if (statement.kind !== "copy" || statement.from === undefined) return [];
      if (this.#request.namedContexts.has(statement.from)) return [];
      const origin = copyOrigin(file, stage, instruction, statement.from);
      return "stage" in origin ? [this.#stage(origin.stage)] : [];
    });
    await Promise.allSettled(needed);
  }

  async #base(stage: Stage): Promise<BuiltStage> {
    const { file, scope } = this.#shared;
    const { statement } = stage.from;
    const replace = replacerFor(file.source, stage.from, {
      lookup: (name) => scope.globals.get(name),
      escape: scope.escape,
    });
    const { firstBase } = this.#request;
    const image = stage.index === 0 && firstBase !== undefined ? firstBase : replace.text(statement.image);
    if (image === "") {
      throw syntaxError(file.source, stage.from.placeOf(0), `base name (${statement.image}) should not be blank`);
    }
    const named = this.#request.namedContexts.get(image);
    if (named !== undefined && "folder" in named) return await this.#folder(stage, image);
    const origin = named ?? baseOrigin(file.stages, stage, image.toLowerCase() === image ? image : statement.image);
    if ("stage" in origin) return await this.#stage(origin.stage);
    return await this.#image(
      named?.image ?? image,
      statement.platform === undefined ? undefined : replace.text(statement.platform),
      {
        stage: file.stages.length > 1 ? (stage.name ?? `stage-${stage.index}`) : undefined,
        title: `FROM ${image}`,
      },
    );
  }

  /** A folder as the base of a stage: its files, and a config that says nothing. */
  async #folder(stage: Stage, name: string): Promise<BuiltStage> {
    const { layer, madeAt } = await this.#maker.folderBase(stage, name);
    const scratch = await this.#image("scratch", undefined);
    const history = historyOf(
      [{ createdBy: `FROM ${name}`, emptyLayer: layer === undefined, madeAt }],
      [],
      this.#request.timestamp,
    );
    return { ...scratch, files: layer === undefined ? scratch.files : withLayer(scratch.files, layer), history };
  }

  async #image(
    name: string,
    platform: string | undefined,
    shown?: { readonly stage: string | undefined; readonly title: string },
  ): Promise<BuiltStage> {
    const { report, hold } = this.#shared;
    const started = performance.now();
    if (shown !== undefined) report({ kind: "begin", ...shown, number: 1, of: 0 });
    const key = `${name} ${platform ?? ""}`;
    const known = this.#images.get(key) ?? loadBase(this.#engine, this.#request, { name, platform, report, hold });
    this.#images.set(key, known);
    const image = await known;
    const seconds = (performance.now() - started) / 1000;
    if (shown !== undefined)
      report({ kind: "end", stage: shown.stage, number: 1, of: 0, cached: false, seconds, layer: undefined });
    return image;
  }

  async #step(
    stage: Stage,
    step: LayerStep,
    { files, place }: { files: StageFiles; place: StepPlace },
  ): Promise<MadeStep> {
    const { report } = this.#shared;
    const started = performance.now();
    report({ kind: "begin", title: step.title, ...place });
    const seconds = (): number => (performance.now() - started) / 1000;
    try {
      // A step that holds a slot waits for nothing that needs one.
      await this.#maker.readySources(stage, step);
      const made = await this.#slots.use(this.#request.signal, () =>
        this.#maker.execute(stage, step, { files, place }),
      );
      report({ kind: "end", cached: made.cached, seconds: seconds(), layer: made.layer?.diffId, ...place });
      return made;
    } catch (error) {
      // What only stopped because another step failed is not to blame.
      const excerpt = excerptOf(this.#shared.file.source, step.instruction);
      if (!this.#request.signal.aborted)
        report({ kind: "failed", title: step.title, seconds: seconds(), excerpt, ...place });
      throw error;
    }
  }
}

function isHostPlatform({ os, architecture }: BuiltStage["platform"]): boolean {
  const host = hostPlatform();
  return os === host.os && architecture === host.architecture;
}
