import { describeImage } from "../engine/describe-image.ts";
import { emitEvent } from "../engine/emit-event.ts";
import type { Engine } from "../engine/engine.ts";
import { ATTEMPTS, dropUnusedBlobs, isBlobGone, receiveImage } from "../engine/receive-image.ts";
import { announceArrival } from "../image/temporary.ts";
import { withProgress } from "../lib/with-progress.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageConfig, ProcessDefaults } from "../oci/image-config.ts";
import { formatPlatform, hostPlatform } from "../oci/platform.ts";
import type { ImageRecord } from "../state/images.ts";
import type { BuiltStage } from "./built-stage.ts";
import type { BuildEvent } from "./events.ts";
import { isoTime } from "./history.ts";
import { parseContainerfile } from "./parse/containerfile.ts";
import type { BuildScope } from "./plan/evaluate.ts";
import { replacerFor, unusedArguments } from "./plan/scope.ts";
import { targetStage } from "./plan/stages.ts";
import type { BuildRequest } from "./request.ts";
import { inlineCache } from "./shared-cache/inline.ts";
import { sendSteps } from "./shared-cache/shared-cache.ts";
import { squash } from "./squash.ts";
import { StageBuilder } from "./stage-builder.ts";

/**
 * Builds an image: the stages that the target needs and no others, side by side where none waits for another; a step whose inputs have been
 * seen before is not run again. The image is recorded last: a build that fails or is killed leaves none. Throws `invalid` with the place in
 * the Containerfile, `build.command_failed`, `not_found`, `exhausted`, `cancelled`.
 */
export async function* buildImage(engine: Engine, request: BuildRequest): AsyncGenerator<BuildEvent, ImageRecord> {
  return yield* withProgress<BuildEvent, ImageRecord>(request.signal, async (report, signal) => {
    using arriving = announceArrival(engine.paths);
    const file = parseContainerfile(request.containerfile);
    for (const text of file.warnings) report({ kind: "warning", text });
    const scope = scopeOf(request, file);
    using builder = new StageBuilder(
      engine,
      { ...request, signal },
      {
        file,
        scope,
        report,
        hold: arriving.hold,
      },
    );
    const built = await builder.build(targetStage(file, request.target));
    for (const name of unusedArguments(scope.arguments))
      report({ kind: "warning", text: `build argument ${name} was not consumed` });
    const made = await squash(engine, built, { ...request, signal });
    const further = request.inlineCache ? inlineCache(builder.steps, made.files.diffIds) : {};
    const image = await record(engine, { ...request, signal }, { built: made, further }, report);
    for (const target of request.cacheTo) await sendSteps(engine, builder.steps, target, signal);
    return image;
  });
}

async function record(
  engine: Engine,
  request: BuildRequest,
  { built, further }: { readonly built: BuiltStage; readonly further: Readonly<Record<string, unknown>> },
  report: (event: BuildEvent) => void,
): Promise<ImageRecord> {
  const config = configOf(request, built);
  for (let attempt = 1; ; attempt++) {
    try {
      return await recordOnce(engine, request, { config, built, further }, report);
    } catch (error) {
      // The very same image was removed just now, and its documents with it.
      if (!isBlobGone(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

type Recording = {
  readonly config: ImageConfig;
  readonly built: BuiltStage;
  readonly further: Readonly<Record<string, unknown>>;
};

async function recordOnce(
  engine: Engine,
  request: BuildRequest,
  { config, built, further }: Recording,
  report: (event: BuildEvent) => void,
): Promise<ImageRecord> {
  const { names, format, signal } = request;
  const source = await describeImage(engine, {
    config,
    layers: built.files.blobs,
    format,
    annotations: request.annotations,
    further,
  });
  const stored: Digest[] = [source.manifest.config.digest, source.manifestDigest];
  try {
    const image = await receiveImage(engine, { source, names, repoDigests: [], signal, report: () => undefined });
    emitEvent(engine, { type: "image", action: "build", id: image.id, name: names[0] ?? image.id });
    report({ kind: "image", id: image.id, names });
    return image;
  } catch (error) {
    await dropUnusedBlobs(engine, stored);
    throw error;
  }
}

function configOf(request: BuildRequest, { files, process, author, history, platform }: BuiltStage): ImageConfig {
  const { changes } = request;
  // Of steps that are in the cache, all is as it was, times too: then the image is the one that is here.
  const created = isoTime(request.timestamp) ?? history.at(-1)?.created ?? new Date().toISOString();
  return {
    ...platform,
    created,
    ...(author === undefined ? {} : { author }),
    process: changedProcess(process, request),
    diffIds: [...files.diffIds],
    history: changes.omitHistory ? [] : [...history],
  };
}

function changedProcess(process: ProcessDefaults, { changes, labels }: BuildRequest): ProcessDefaults {
  const given = new Set([...changes.unsetEnv, ...changes.env.map((entry) => entry.slice(0, entry.indexOf("=")))]);
  const kept = process.env.filter((entry) => !given.has(entry.slice(0, entry.indexOf("="))));
  const own = Object.entries(process.labels).filter(([key]) => !changes.unsetLabels.includes(key));
  return { ...process, env: [...kept, ...changes.env], labels: { ...Object.fromEntries(own), ...labels } };
}

/** The beginning of the file, and what a build knows of its platforms. */
function scopeOf(request: BuildRequest, file: ReturnType<typeof parseContainerfile>): BuildScope {
  const values: Record<string, string> = {};
  for (const prefix of ["TARGET", "BUILD"]) {
    const chosen = (prefix === "TARGET" ? request.platform : undefined) ?? hostPlatform();
    const { os, architecture, variant } = chosen;
    values[`${prefix}PLATFORM`] = formatPlatform(chosen);
    values[`${prefix}OS`] = os;
    values[`${prefix}ARCH`] = architecture;
    values[`${prefix}VARIANT`] = variant ?? "";
  }
  const globals = new Map<string, string | undefined>(Object.entries(values));
  const given = { given: request.buildArguments, used: new Set<string>() };
  const { escape } = file.directives;
  for (const instruction of file.globals) {
    const { statement } = instruction;
    if (statement.kind !== "arg") continue;
    for (const { name, value } of statement.args) {
      const replace = replacerFor(file.source, instruction, { lookup: (other) => globals.get(other), escape });
      const fallback = value === undefined ? globals.get(name) : replace.text(value);
      if (given.given.has(name)) given.used.add(name);
      globals.set(name, given.given.get(name) ?? fallback);
    }
  }
  return { source: file.source, escape, arguments: given, globals };
}
