import { closeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Engine } from "../engine/engine.ts";
import { openRoot } from "../host/openat.ts";
import type { Arriving } from "../image/temporary.ts";
import { openLayers } from "../storage/snapshot.ts";
import type { BuiltStage, StageSources } from "./built-stage.ts";
import { type CachedStep, findCached, keepStep, stepKey } from "./cache.ts";
import { NOTHING_IGNORED } from "./context/ignore.ts";
import type { BuildEvent, StepPlace } from "./events.ts";
import { openAddSources } from "./execute/add-sources.ts";
import { contentOf, digestOfCopy, WHOLE } from "./execute/archive-digest.ts";
import { copyArchive } from "./execute/copy-archive.ts";
import { FileDigests } from "./execute/file-digests.ts";
import {
  layerFolders,
  NO_FILES,
  restackLayer,
  type StageFiles,
  type StoredLayer,
  storeLayer,
} from "./execute/files.ts";
import { executeRun, networkOf, RUN_SECURITY } from "./execute/run.ts";
import { type BindOrigin, mountInputs, openRunMounts, runMountsOf } from "./execute/run-mounts.ts";
import type { SourceTree } from "./execute/sources.ts";
import { workdirArchive } from "./execute/workdir.ts";
import type { Containerfile, Stage } from "./parse/containerfile.ts";
import type { RunMount } from "./plan/run-mount.ts";
import { copyOrigin } from "./plan/stages.ts";
import type { CopyStep, LayerStep, RunStep, Step, WorkdirStep } from "./plan/step.ts";
import { notAllowed } from "./refusals.ts";
import type { BuildRequest } from "./request.ts";
import type { SharedStep } from "./shared-cache/shared-cache.ts";
import { StepsElsewhere } from "./shared-cache/steps-elsewhere.ts";

type Shared = {
  readonly file: Containerfile;
  readonly report: (event: BuildEvent) => void;
  readonly hold: Arriving["hold"];
  readonly sources: StageSources;
};

/** What a step is looked up by: with the files below it and, of a linked COPY, without them. */
type StepKeys = { readonly plainKey: string; readonly linkKey?: string | undefined; readonly files: StageFiles };

/** What a step has made: a layer, or nothing where it changed no file; and when (milliseconds since 1970). */
export type MadeStep = { readonly layer: StoredLayer | undefined; readonly cached: boolean; readonly madeAt: number };

/** Makes the layers of steps, or finds what the same steps have made before. */
export class StepMaker implements Disposable {
  readonly #engine: Engine;
  readonly #request: BuildRequest;
  readonly #shared: Shared;
  readonly #digests: FileDigests;
  readonly #elsewhere: StepsElsewhere;
  readonly #steps = new Map<string, SharedStep>();

  constructor(engine: Engine, request: BuildRequest, shared: Shared) {
    this.#engine = engine;
    this.#request = request;
    this.#shared = shared;
    this.#digests = new FileDigests(engine.paths.cache);
    this.#elsewhere = new StepsElsewhere(engine, request, shared.report);
  }

  /** The steps made or found so far. */
  get steps(): readonly SharedStep[] {
    return [...this.#steps.values()];
  }

  [Symbol.dispose](): void {
    this.#digests[Symbol.dispose]();
  }

  /** Makes ready what the step copies from; done before it takes a slot. */
  async readySources(stage: Stage, step: Step): Promise<void> {
    const mounted =
      step.kind === "run" ? runMountsOf(step).map((mount) => ("from" in mount ? mount.from : undefined)) : [];
    const copied = step.kind === "copy" ? [step.from] : [];
    for (const from of [...mounted, ...copied]) {
      const named = from === undefined ? undefined : this.#request.namedContexts.get(from);
      if (from !== undefined && (named === undefined || "image" in named)) await this.#source(stage, step, from);
    }
  }

  /** What the step has made, now or before; undefined for one that makes no files. */
  async execute(
    stage: Stage,
    step: LayerStep,
    { files, place }: { files: StageFiles; place: StepPlace },
  ): Promise<MadeStep> {
    switch (step.kind) {
      case "run":
        return await this.#run(stage, step, { files, place });
      case "copy":
      case "add":
        return await this.#copy(stage, step, files);
      case "workdir":
        return await this.#workdir(stage, step, files);
    }
  }

  async #run(stage: Stage, step: Step & RunStep, { files, place }: { files: StageFiles; place: StepPlace }) {
    const { settings, signal, allowInsecure, allowHostNetwork } = this.#request;
    if (step.insecure && !allowInsecure) throw notAllowed("--security=insecure", "security.insecure");
    if (step.network === "host" && !allowHostNetwork) throw notAllowed("--network=host", "network.host");
    const mounts = runMountsOf(step);
    const contents = await Promise.all(mounts.map((mount) => this.#contentOf(stage, step, mount)));
    const { argv, script, env, cwd, user, insecure } = step;
    const network = networkOf(step, settings);
    const plain = { argv, script, env, cwd, user, network, insecure, mounts: mountInputs(mounts, contents) };
    const { security, volumes } = settings;
    const usual = volumes.length === 0 && isDeepStrictEqual(security, RUN_SECURITY);
    // Rights and folders of the host are inputs like others.
    const inputs = usual ? plain : { ...plain, security, volumes };
    return await this.#once(stage, { plainKey: stepKey(files, { run: inputs }), files }, step, async () => {
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
        timestamp: this.#request.timestamp,
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
      return contentOf(tree, mount.source, rootFd, this.#digests);
    } finally {
      closeSync(rootFd);
    }
  }

  /** Where the files of a bind mount lie. */
  async #origin(stage: Stage, step: Step, from: string | undefined): Promise<BindOrigin> {
    const { context: folder, ignore, namedContexts } = this.#request;
    const named = from === undefined ? { folder, ignore } : namedContexts.get(from);
    if (named !== undefined && "folder" in named) {
      if (named.ignore.rules.length === 0) return named;
      // What is ignored must not be seen.
      using tree = await this.#tree(stage, step, from);
      const { layer } = await this.#folderLayer(stage, step, { ...tree, keepsOwners: true });
      return { chainId: layer?.chainId ?? "" };
    }
    const { files } = await this.#source(stage, step, from ?? "");
    return { chainId: files.chain.at(-1) ?? "" };
  }

  /** The files of a named context that is a folder, as the base of a stage: root's, as those of a COPY. */
  async folderBase(stage: Stage, from: string): Promise<MadeStep> {
    const step = { kind: "meta", instruction: stage.from, title: `FROM ${from}`, createdBy: "" } as const;
    using tree = await this.#tree(stage, step, from);
    return await this.#folderLayer(stage, step, tree);
  }

  // Once for each content.
  async #folderLayer(stage: Stage, step: Step, tree: SourceTree): Promise<MadeStep> {
    const rootFd = this.#openFiles(NO_FILES);
    try {
      const { timestamp } = this.#request;
      const work = { step: WHOLE, tree, rootFd, now: 0, timestamp };
      const plainKey = stepKey(NO_FILES, { context: digestOfCopy(work, this.#digests, "") });
      const title = { ...step, title: tree.name };
      return await this.#once(stage, { plainKey, files: NO_FILES }, title, () =>
        storeLayer(this.#engine, NO_FILES, copyArchive(work), this.#request.signal),
      );
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
        timestamp: this.#request.timestamp,
      };
      const content = digestOfCopy(work, this.#digests, files.chain.at(-1) ?? "");
      const plainKey = stepKey(files, { copy: content });
      // The content has the folders above it as they are: all of what is below that the layer hangs on.
      const linkKey = step.link ? stepKey(NO_FILES, { link: content }) : undefined;
      return await this.#once(stage, { plainKey, linkKey, files }, step, () =>
        storeLayer(this.#engine, files, copyArchive(work), this.#request.signal),
      );
    } finally {
      closeSync(rootFd);
    }
  }

  async #workdir(stage: Stage, step: Step & WorkdirStep, files: StageFiles) {
    const { path, user } = step;
    return await this.#once(stage, { plainKey: stepKey(files, { workdir: { path, user } }), files }, step, async () => {
      const rootFd = this.#openFiles(files);
      try {
        const now = this.#request.timestamp ?? Math.floor(Date.now() / 1000);
        return await storeLayer(this.#engine, files, workdirArchive(rootFd, step, now), this.#request.signal);
      } finally {
        closeSync(rootFd);
      }
    });
  }

  async #once(
    stage: Stage,
    { plainKey, linkKey, files }: StepKeys,
    step: Step,
    make: () => Promise<StoredLayer | undefined>,
  ): Promise<MadeStep> {
    const { useCache, noCacheStages, timestamp } = this.#request;
    // Times that are set are part of the result.
    const timed = (text: string): string => (timestamp === undefined ? text : `${text}-${timestamp}`);
    const key = timed(plainKey);
    const link = linkKey === undefined ? undefined : timed(linkKey);
    const fresh = noCacheStages.some((name) => name.toLowerCase() === stage.name || name === String(stage.index));
    const usable = useCache && !fresh;
    const { title } = step;
    // Before anybody looks: from then on no prune takes it.
    for (const held of link === undefined ? [key] : [key, link]) this.#shared.hold(`step ${held}`);
    const known = usable ? await this.#find(files, key, title) : undefined;
    const linked =
      usable && known === undefined && link !== undefined ? await this.#findLinked(files, link, title) : undefined;
    const made = known ?? linked ?? { layer: await make(), madeAt: Date.now() };
    if (known === undefined) keepStep(this.#engine, key, { ...made, title });
    this.#steps.set(key, { ...made, key, title });
    if (link !== undefined) {
      if (known === undefined) keepStep(this.#engine, link, { ...made, title });
      this.#steps.set(link, { ...made, key: link, title });
    }
    return { ...made, cached: (known ?? linked) !== undefined };
  }

  async #find(files: StageFiles, key: string, title: string): Promise<CachedStep | undefined> {
    return findCached(this.#engine, key) ?? (await this.#elsewhere.find(files, key, title));
  }

  /** What the same linked COPY has made on other files, put on these. */
  async #findLinked(files: StageFiles, key: string, title: string): Promise<CachedStep | undefined> {
    const found = await this.#find(files, key, title);
    if (found?.layer === undefined) return found;
    return { ...found, layer: await restackLayer(this.#engine, files, found.layer, this.#request.signal) };
  }

  /** Where files come from: the context, a named one, a stage, an image. */
  async #tree(stage: Stage, step: Step, from: string | undefined): Promise<SourceTree & Disposable> {
    const { context, ignore, namedContexts } = this.#request;
    if (from === undefined) return folderTree(context, { ignore, name: "the build context", keepsOwners: false });
    const named = namedContexts.get(from);
    if (named !== undefined && "folder" in named)
      return folderTree(named.folder, { ignore: named.ignore, name: `the context "${from}"`, keepsOwners: false });
    const built = await this.#source(stage, step, from);
    const fd = this.#openFiles(built.files);
    const identity = built.files.chain.at(-1) ?? "";
    const name = `"${from}"`;
    return { fd, identity, ignore: NOTHING_IGNORED, name, keepsOwners: true, [Symbol.dispose]: () => closeSync(fd) };
  }

  /** The stage or image that a name stands for. */
  async #source(stage: Stage, step: Step, from: string): Promise<BuiltStage> {
    const named = this.#request.namedContexts.get(from);
    if (named !== undefined && "image" in named) return await this.#shared.sources.image(named.image);
    const origin = copyOrigin(this.#shared.file, stage, step.instruction, from);
    return "stage" in origin
      ? await this.#shared.sources.stage(origin.stage)
      : await this.#shared.sources.image(origin.image);
  }

  #openFiles(files: StageFiles): number {
    return openLayers(layerFolders(this.#engine, files), join(this.#engine.paths.runRoot, "empty"));
  }
}

function folderTree(folder: string, tree: Omit<SourceTree, "fd">): SourceTree & Disposable {
  const fd = openRoot(folder);
  return { ...tree, fd, [Symbol.dispose]: () => closeSync(fd) };
}
