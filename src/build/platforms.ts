import type { Engine } from "../engine/engine.ts";
import { ownName } from "../engine/find-image.ts";
import { addImage } from "../engine/manifest/add.ts";
import { createList } from "../engine/manifest/create.ts";
import { removeList } from "../engine/manifest/remove.ts";
import { formatPlatform, hostPlatform, type Platform } from "../oci/platform.ts";
import type { ImageRecord } from "../state/images.ts";
import { getManifestList } from "../state/manifest-lists.ts";
import { buildImage } from "./build.ts";
import type { BuildEvent } from "./events.ts";
import type { BuildRequest } from "./request.ts";

export type PlatformBuild = {
  /** What to build for; none means the request's own platform. */
  readonly platforms: readonly Platform[];
  /** Manifest lists that get the images, made where they are missing. */
  readonly lists: readonly string[];
  /** The lists hold nothing else afterwards; otherwise what is in them stays. */
  readonly anew: boolean;
};

/**
 * Builds for one platform or for several, one after another: what is the same for all is made once. Names go to the image for this host, or
 * to the last one. The lists are written when all of them are built. Gives the image that has the names. Throws what a build throws.
 */
export async function* buildForPlatforms(
  engine: Engine,
  request: BuildRequest,
  { platforms, lists, anew }: PlatformBuild,
): AsyncGenerator<BuildEvent, ImageRecord> {
  const wanted: readonly (Platform | undefined)[] = platforms.length === 0 ? [request.platform] : platforms;
  const own = wanted.findIndex(isHost);
  const main = own < 0 ? wanted.length - 1 : own;
  const images: ImageRecord[] = [];
  for (const [index, platform] of wanted.entries()) {
    const names = index === main ? request.names : [];
    const build = buildImage(engine, { ...request, names, platform: isHost(platform) ? undefined : platform });
    images.push(yield* wanted.length === 1 ? build : labelled(build, platform ?? hostPlatform()));
  }
  for (const list of lists) {
    if (anew) forgetList(engine, list);
    const name = createList(engine, list, { amend: true, annotations: {} });
    for (const image of images) await addImage(engine, name, image, {});
  }
  const image = images[main];
  if (image === undefined) throw new TypeError("a build without a platform");
  return image;
}

function forgetList(engine: Engine, list: string): void {
  if (getManifestList(engine.store, ownName(list)) !== undefined) removeList(engine, list);
}

/** Every step says which platform it is for. */
async function* labelled(
  events: AsyncGenerator<BuildEvent, ImageRecord>,
  platform: Platform,
): AsyncGenerator<BuildEvent, ImageRecord> {
  const label = formatPlatform(platform);
  for (;;) {
    const step = await events.next();
    if (step.done === true) return step.value;
    const event = step.value;
    yield "stage" in event ? { ...event, stage: event.stage === undefined ? label : `${label} ${event.stage}` } : event;
  }
}

function isHost(platform: Platform | undefined): boolean {
  return platform === undefined || formatPlatform(platform) === formatPlatform(hostPlatform());
}
