import { closeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Engine } from "../engine/engine.ts";
import { openRoot } from "../host/openat.ts";
import type { HistoryEntry, ProcessDefaults } from "../oci/image-config.ts";
import { formatPlatform, hostPlatform, type Platform } from "../oci/platform.ts";
import { openLayers } from "../storage/snapshot.ts";
import { findCached, keepStep, stepKey } from "./cache.ts";
import { NOTHING_IGNORED } from "./context/ignore.ts";
import type { BuildEvent, StepPlace } from "./events.ts";
import { excerptOf } from "./excerpt.ts";
import { openAddSources } from "./execute/add-sources.ts";
import { contentOf, digestOfArchive, WHOLE } from "./execute/archive-digest.ts";
import { loadBase } from "./execute/base-image.ts";
import { copyArchive } from "./execute/copy-archive.ts";
import { layerFolders, NO_FILES, type StageFiles, type StoredLayer, storeLayer, withLayer } from "./execute/files.ts";
import { executeRun, RUN_SECURITY } from "./execute/run.ts";
import { type BindOrigin, mountInputs, openRunMounts, runMountsOf } from "./execute/run-mounts.ts";
import type { SourceTree } from "./execute/sources.ts";
import { workdirArchive } from "./execute/workdir.ts";
import type { Containerfile, Stage } from "./parse/containerfile.ts";
import { syntaxError } from "./parse/source.ts";
import { type BuildScope, evaluateStage } from "./plan/evaluate.ts";
import type { RunMount } from "./plan/run-mount.ts";
import { replacerFor } from "./plan/scope.ts";
import { baseOrigin, copyOrigin } from "./plan/stages.ts";
import type { CopyStep, RunStep, Step, WorkdirStep } from "./plan/step.ts";
import { foreignRun, noBaseFolder, notAllowed } from "./refusals.ts";
import type { BuildRequest } from "./request.ts";
import { Slots } from "./slots.ts";

/** A stage that is ready: its files, and what an image made from it does. */
export type BuiltStage = {
  readonly files: StageFiles;
  readonly process: ProcessDefaults;
  readonly author: string | undefined;
  readonly platform: Pick<Platform, "os" | "architecture" | "variant">;
  readonly history: readonly HistoryEntry[];
  readonly args: ReadonlyMap<string, string | undefined>;
};

type Shared = {
  readonly file: Containerfile;
  readonly scope: BuildScope;
  readonly report: (event: BuildEvent) => void;
};

/** Builds stages, each once, whoever asks for it; the first failure ends all. */
export class StageBuilder {
  readonly #engine: Engine;
  readonly #request: BuildRequest;
  readonly #shared: Shared;
  readonly #slots: Slots;
  readonly #failed = new AbortController();
  /** Each is looked for, and pulled, once. */
  readonly #images = new Map<string, Promise<BuiltStage>>();
  readonly #built = new Map<number, Promise<BuiltStage>>();

  constructor(engine: Engine, request: BuildRequest, shared: Shared) {
    this.#engine = engine;
    this.#shared = shared;
    this.#slots = new Slots(request.jobs);
    this.#request = { ...request, signal: AbortSignal.any([request.signal, this.#failed.signal]) };
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
    const history = [...base.history];
    let number = 1;
    for (const step of evaluated.steps) {
      this.#request.signal.throwIfAborted();
      if (foreign && step.kind === "run") throw foreignRun(step, formatPlatform(base.platform));
      const place = step.kind === "meta" ? undefined : { stage: name, number: ++number, of: layered };
      const layer = place === undefined ? undefined : await this.#step(stage, step, { files, place });
      if (layer !== undefined) files = withLayer(files, layer);
      history.push(this.#entry(step, layer));
    }
    await begun;
    const { process, author, args } = evaluated;
    return { files, process, author, platform: base.platform, history, args };
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
    if (named !== undefined && !("image" in named)) throw noBaseFolder(image);
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

  async #image(
    name: string,
    platform: string | undefined,
    shown?: { readonly stage: string | undefined; readonly title: string },
  ): Promise<BuiltStage> {
    const { report } = this.#shared;
    const started = performance.now();
    if (shown !== undefined) report({ kind: "begin", ...shown, number: 1, of: 0 });
    const key = `${name} ${platform ?? ""}`;
    const known = this.#images.get(key) ?? loadBase(this.#engine, this.#request, { name, platform, report });
    this.#images.set(key, known);
    const image = await known;
    const seconds = (performance.now() - started) / 1000;
    if (shown !== undefined)
      report({ kind: "end", stage: shown.stage, number: 1, of: 0, cached: false, seconds, layer: undefined });
    return image;
  }

  async #step(
    stage: Stage,
    step: Step,
    { files, place }: { files: StageFiles; place: StepPlace },
  ): Promise<StoredLayer | undefined> {
    const { report } = this.#shared;
    const started = performance.now();
    report({ kind: "begin", title: step.title, ...place });
    const seconds = (): number => (performance.now() - started) / 1000;
    try {
      // A step that holds a slot waits for nothing that needs one.
      await this.#readySources(stage, step);
      const { layer, cached } = await this.#slots.use(this.#request.signal, () =>
        this.#execute(stage, step, { files, place }),
      );
      report({ kind: "end", cached, seconds: seconds(), layer: layer?.diffId, ...place });
      return layer;
    } catch (error) {
      // What only stopped because another step failed is not to blame.
      const excerpt = excerptOf(this.#shared.file.source, step.instruction);
      if (!this.#request.signal.aborted)
        report({ kind: "failed", title: step.title, seconds: seconds(), excerpt, ...place });
      throw error;
    }
  }

  async #readySources(stage: Stage, step: Step): Promise<void> {
    const mounted =
      step.kind === "run" ? runMountsOf(step).map((mount) => ("from" in mount ? mount.from : undefined)) : [];
    const copied = step.kind === "copy" ? [step.from] : [];
    for (const from of [...mounted, ...copied]) {
      const named = from === undefined ? undefined : this.#request.namedContexts.get(from);
      if (from !== undefined && (named === undefined || "image" in named)) await this.#source(stage, step, from);
    }
  }

  async #execute(
    stage: Stage,
    step: Step,
    { files, place }: { files: StageFiles; place: StepPlace },
  ): Promise<{ layer: StoredLayer | undefined; cached: boolean }> {
    switch (step.kind) {
      case "run":
        return await this.#run(stage, step, { files, place });
      case "copy":
      case "add":
        return await this.#copy(stage, step, files);
      case "workdir":
        return await this.#workdir(stage, step, files);
      case "meta":
        return { layer: undefined, cached: true };
    }
  }

  async #run(stage: Stage, step: Step & RunStep, { files, place }: { files: StageFiles; place: StepPlace }) {
    const { settings, signal, allowInsecure, allowHostNetwork } = this.#request;
    if (step.insecure && !allowInsecure) throw notAllowed("--security=insecure", "security.insecure");
    if (step.network === "host" && !allowHostNetwork) throw notAllowed("--network=host", "network.host");
    const mounts = runMountsOf(step);
    const contents = await Promise.all(mounts.map((mount) => this.#contentOf(stage, step, mount)));
    const { argv, script, env, cwd, user, network, insecure } = step;
    const plain = { argv, script, env, cwd, user, network, insecure, mounts: mountInputs(mounts, contents) };
    const { security, volumes } = settings;
    const usual = volumes.length === 0 && isDeepStrictEqual(security, RUN_SECURITY);
    // Rights and folders of the host are inputs like others.
    const inputs = usual ? plain : { ...plain, security, volumes };
    return await this.#once(stage, stepKey(files, { run: inputs }), step, async () => {
      using opened = await openRunMounts(this.#engine, mounts, {
        secrets: this.#request.secrets,
        signal,
        origin: (from) => this.#origin(stage, step, from),
        tree: (from) => this.#tree(stage, step, from),
      });
      const { report } = this.#shared;
      const onOutput = (bytes: Uint8Array): void => report({ kind: "output", bytes, ...place });
      const withMounts = { ...step, env: [...step.env, ...opened.env] };
      return await executeRun(this.#engine, {
        step: withMounts,
        files,
        settings,
        mounts: opened.specs,
        onOutput,
        signal,
      });
    });
  }

  /** The digest of what a bind mount shows; undefined for mounts that count by what they are. */
  async #contentOf(stage: Stage, step: Step, mount: RunMount): Promise<string | undefined> {
    if (mount.type !== "bind") return undefined;
    using tree = await this.#tree(stage, step, mount.from);
    const rootFd = this.#openFiles(NO_FILES);
    try {
      return contentOf(tree, mount.source, rootFd);
    } finally {
      closeSync(rootFd);
    }
  }

  /** Where the files of a bind mount lie. */
  async #origin(stage: Stage, step: Step, from: string | undefined): Promise<BindOrigin> {
    const { context, ignore, namedContexts } = this.#request;
    if (from === undefined)
      return ignore.rules.length === 0 ? { folder: context } : { chainId: await this.#contextLayer(stage, step) };
    const named = namedContexts.get(from);
    if (named !== undefined && "folder" in named) return named;
    const { files } = await this.#source(stage, step, from);
    return { chainId: files.chain.at(-1) ?? "" };
  }

  // What is ignored must not be seen, so the rest of the context becomes a layer, once for each content.
  async #contextLayer(stage: Stage, step: Step): Promise<string> {
    using tree = await this.#tree(stage, step, undefined);
    const rootFd = this.#openFiles(NO_FILES);
    try {
      const work = { step: WHOLE, tree: { ...tree, keepsOwners: true }, rootFd, now: 0 };
      const key = stepKey(NO_FILES, { context: digestOfArchive(copyArchive(work, { times: false })) });
      const title = { ...step, title: "the build context" };
      const { layer } = await this.#once(stage, key, title, () =>
        storeLayer(this.#engine, NO_FILES, copyArchive(work, { times: true }), this.#request.signal),
      );
      return layer?.chainId ?? "";
    } finally {
      closeSync(rootFd);
    }
  }

  async #copy(stage: Stage, step: Step & CopyStep, files: StageFiles) {
    const { signal } = this.#request;
    using tree = await this.#tree(stage, step, step.from);
    using added = step.kind === "add" ? await openAddSources(this.#engine, step, { tree, signal }) : undefined;
    const rootFd = this.#openFiles(files);
    try {
      const work = {
        step,
        tree,
        rootFd,
        ...(added === undefined ? {} : { added }),
        now: this.#request.timestamp ?? Math.floor(Date.now() / 1000),
      };
      const key = stepKey(files, { copy: digestOfArchive(copyArchive(work, { times: false })) });
      return await this.#once(stage, key, step, () =>
        storeLayer(this.#engine, files, copyArchive(work, { times: true }), this.#request.signal),
      );
    } finally {
      closeSync(rootFd);
    }
  }

  async #workdir(stage: Stage, step: Step & WorkdirStep, files: StageFiles) {
    const { path, user } = step;
    return await this.#once(stage, stepKey(files, { workdir: { path, user } }), step, async () => {
      const rootFd = this.#openFiles(files);
      try {
        const now = this.#request.timestamp ?? Math.floor(Date.now() / 1000);
        return await storeLayer(this.#engine, files, workdirArchive(rootFd, step, now), this.#request.signal);
      } finally {
        closeSync(rootFd);
      }
    });
  }

  async #once(stage: Stage, key: string, step: Step, make: () => Promise<StoredLayer | undefined>) {
    const { useCache, noCacheStages } = this.#request;
    const fresh = noCacheStages.some((name) => name.toLowerCase() === stage.name || name === String(stage.index));
    const known = useCache && !fresh ? findCached(this.#engine, key) : undefined;
    if (known !== undefined) return { layer: known.layer, cached: true };
    const layer = await make();
    keepStep(this.#engine, key, { layer, title: step.title });
    return { layer, cached: false };
  }

  /** Where files come from: the context, a named one, a stage, an image. */
  async #tree(stage: Stage, step: Step, from: string | undefined): Promise<SourceTree & Disposable> {
    const { context, ignore, namedContexts } = this.#request;
    if (from === undefined) return folderTree(context, { ignore, name: "the build context", keepsOwners: false });
    const named = namedContexts.get(from);
    if (named !== undefined && "folder" in named)
      return folderTree(named.folder, { ignore: NOTHING_IGNORED, name: `the context "${from}"`, keepsOwners: false });
    const built = await this.#source(stage, step, from);
    const fd = this.#openFiles(built.files);
    return { fd, ignore: NOTHING_IGNORED, name: `"${from}"`, keepsOwners: true, [Symbol.dispose]: () => closeSync(fd) };
  }

  /** The stage or image that a name stands for. */
  async #source(stage: Stage, step: Step, from: string): Promise<BuiltStage> {
    const named = this.#request.namedContexts.get(from);
    if (named !== undefined && "image" in named) return await this.#image(named.image, undefined);
    const origin = copyOrigin(this.#shared.file, stage, step.instruction, from);
    return "stage" in origin ? await this.#stage(origin.stage) : await this.#image(origin.image, undefined);
  }

  #openFiles(files: StageFiles): number {
    return openLayers(layerFolders(this.#engine, files), join(this.#engine.paths.runRoot, "empty"));
  }

  #entry(step: Step, layer: StoredLayer | undefined): HistoryEntry {
    const { timestamp } = this.#request;
    const created = new Date(timestamp === undefined ? Date.now() : timestamp * 1000).toISOString();
    const comment = "buildkit.dockerfile.v0";
    return { created, createdBy: step.createdBy, comment, ...(layer === undefined ? { emptyLayer: true } : {}) };
  }
}

function folderTree(folder: string, tree: Omit<SourceTree, "fd">): SourceTree & Disposable {
  const fd = openRoot(folder);
  return { ...tree, fd, [Symbol.dispose]: () => closeSync(fd) };
}

function isHostPlatform({ os, architecture }: BuiltStage["platform"]): boolean {
  const host = hostPlatform();
  return os === host.os && architecture === host.architecture;
}
