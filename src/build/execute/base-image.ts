import type { Engine } from "../../engine/engine.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { isForPlatform } from "../../engine/image-platform.ts";
import { pullImage } from "../../engine/pull.ts";
import { readBlob } from "../../image/content-store.ts";
import { EstibaError } from "../../lib/error.ts";
import { chainIds } from "../../oci/digest.ts";
import { emptyProcess, parseImageConfig } from "../../oci/image-config.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { formatPlatform, hostPlatform, type Platform, parsePlatform } from "../../oci/platform.ts";
import type { ImageRecord } from "../../state/images.ts";
import type { BuiltStage } from "../built-stage.ts";
import type { BuildEvent } from "../events.ts";
import type { BuildRequest } from "../request.ts";
import { NO_FILES } from "./files.ts";

type Wanted = {
  readonly name: string;
  readonly platform: string | undefined;
  readonly report: (event: BuildEvent) => void;
};

/** The image that FROM or `--from` names, pulled by the request's policy; `scratch` is nothing at all. */
export async function loadBase(engine: Engine, request: BuildRequest, wanted: Wanted): Promise<BuiltStage> {
  const platform =
    wanted.platform === undefined ? (request.platform ?? hostPlatform()) : parsePlatform(wanted.platform);
  if (wanted.name === "scratch") {
    return { files: NO_FILES, process: emptyProcess(), author: undefined, platform, history: [], args: new Map() };
  }
  const image = await provide(engine, request, wanted);
  const config = parseImageConfig(Buffer.from(image.config));
  const manifest = parseManifest(await readBlob(engine.paths, image.manifestDigest), undefined);
  if (manifest.kind !== "manifest") throw notAnImage(wanted.name);
  const { os, architecture, variant } = config;
  return {
    files: { chain: chainIds(config.diffIds), diffIds: config.diffIds, blobs: manifest.layers },
    process: config.process,
    author: config.author,
    platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    history: config.history,
    args: new Map(),
  };
}

async function provide(
  engine: Engine,
  request: BuildRequest,
  { name, platform, report }: Wanted,
): Promise<ImageRecord> {
  const chosen = platform === undefined ? (request.platform ?? hostPlatform()) : parsePlatform(platform);
  const here = request.pull === "missing" ? lookUpImage(engine, name) : undefined;
  // An image that is here under the name for another platform may be the only one there is: it is taken as it is when none was asked for.
  const asked = platform !== undefined || request.platform !== undefined;
  if (here !== undefined && (!asked || isForPlatform(here.image, chosen))) return here.image;
  const { pull: policy, registry, signal } = request;
  const named = isForHost(chosen);
  const options = { ...registry, policy, signal, named, ...(asked ? { platform: chosen } : {}) };
  const steps = pullImage(engine, name, options);
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value.image;
    report({ kind: "pull", progress: step.value });
  }
}

// The names of images are the host's: another platform's goes without.
function isForHost(platform: Platform): boolean {
  return formatPlatform(platform) === formatPlatform(hostPlatform());
}

function notAnImage(name: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_record",
    what: `"${name}" is no image`,
    fix: "pull it again",
  });
}
