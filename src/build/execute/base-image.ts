import type { Engine } from "../../engine/engine.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { isForPlatform } from "../../engine/image-platform.ts";
import { loadOne } from "../../engine/load.ts";
import { pullImage } from "../../engine/pull.ts";
import { ATTEMPTS } from "../../engine/receive-image.ts";
import type { ImageProgress } from "../../engine/receive-layers.ts";
import { readBlob } from "../../image/content-store.ts";
import type { Arriving } from "../../image/temporary.ts";
import { EstibaError } from "../../lib/error.ts";
import { chainIds } from "../../oci/digest.ts";
import { emptyProcess, parseImageConfig } from "../../oci/image-config.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { formatPlatform, hostPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import { type ImageRecord, imageById } from "../../state/images.ts";
import type { BuiltStage } from "../built-stage.ts";
import type { BuildEvent } from "../events.ts";
import type { BuildRequest } from "../request.ts";
import { NO_FILES } from "./files.ts";

type Wanted = {
  readonly name: string;
  readonly platform: string | undefined;
  readonly report: (event: BuildEvent) => void;
  readonly hold: Arriving["hold"];
};

/** The image that FROM or `--from` names, pulled by the request's policy; `scratch` is nothing at all. */
export async function loadBase(engine: Engine, request: BuildRequest, wanted: Wanted): Promise<BuiltStage> {
  const platform =
    wanted.platform === undefined ? (request.platform ?? hostPlatform()) : parsePlatform(wanted.platform);
  if (wanted.name === "scratch") {
    const nothing = { files: NO_FILES, base: { layers: 0, history: 0 }, history: [], args: new Map<string, string>() };
    return { ...nothing, process: emptyProcess(), author: undefined, platform };
  }
  const image = await provideHeld(engine, request, wanted);
  const config = parseImageConfig(image.config);
  const manifest = parseManifest(await readBlob(engine.paths, image.manifestDigest), undefined);
  if (manifest.kind !== "manifest") throw notAnImage(wanted.name);
  const { os, architecture, variant } = config;
  return {
    files: { chain: chainIds(config.diffIds), diffIds: config.diffIds, blobs: manifest.layers },
    base: { layers: config.diffIds.length, history: config.history.length },
    process: config.process,
    author: config.author,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    history: config.history,
    args: new Map(),
  };
}

// Who removes images sees what is held: one that is still here after that stays.
async function provideHeld(engine: Engine, request: BuildRequest, wanted: Wanted): Promise<ImageRecord> {
  for (let attempt = 1; ; attempt++) {
    const image = await provide(engine, request, wanted);
    wanted.hold(`image ${image.id}`);
    if (imageById(engine.store, image.id) !== undefined) return image;
    if (attempt >= ATTEMPTS) throw removedAgain(wanted.name);
  }
}

async function provide(
  engine: Engine,
  request: BuildRequest,
  { name, platform, report }: Omit<Wanted, "hold">,
): Promise<ImageRecord> {
  if (name.startsWith(LAYOUT)) return await fromLayout(engine, request, { name, platform, report });
  const chosen = platform === undefined ? (request.platform ?? hostPlatform()) : parsePlatform(platform);
  const here = request.pull === "missing" ? lookUpImage(engine, name) : undefined;
  // An image that is here under the name for another platform may be the only one there is: it is taken as it is when none was asked for.
  const asked = platform !== undefined || request.platform !== undefined;
  if (here !== undefined && (!asked || isForPlatform(here.image, chosen))) return here.image;
  const { pull: policy, registry, signal } = request;
  const named = isForHost(chosen);
  const options = { ...registry, policy, signal, named, ...(asked ? { platform: chosen } : {}) };
  const steps = pullImage(engine, name, options);
  return (await reported(steps, report)).image;
}

const LAYOUT = "oci-layout://";

/** An image of an OCI layout on this host; it is named by its tag or digest there where there are several. */
async function fromLayout(
  engine: Engine,
  { platform: usual, signal }: BuildRequest,
  { name, platform, report }: Omit<Wanted, "hold">,
): Promise<ImageRecord> {
  const [, path = "", tag, digest] =
    /^(.*?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(name.slice(LAYOUT.length)) ?? [];
  const options = { platform: platform === undefined ? usual : parsePlatform(platform), signal };
  return await reported(loadOne(engine, path, { ...options, wanted: digest ?? tag, named: false }), report);
}

async function reported<T>(
  steps: AsyncGenerator<ImageProgress, T, undefined>,
  report: (event: BuildEvent) => void,
): Promise<T> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
    report({ kind: "pull", progress: step.value });
  }
}

// The names of images are the host's: another platform's goes without.
function isForHost(platform: Platform): boolean {
  return formatPlatform(platform) === formatPlatform(hostPlatform());
}

function removedAgain(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "image.removed_meanwhile",
    what: `the image "${name}" was removed again and again while a build was to begin with it`,
    fix: "try again when no other command removes images",
    retryable: true,
  });
}

function notAnImage(name: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_record",
    what: `"${name}" is no image`,
    fix: "pull it again",
  });
}
