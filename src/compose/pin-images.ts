import type { Engine } from "../engine/engine.ts";
import { inspectImage } from "../engine/inspect-image.ts";
import { remoteDigest } from "../engine/pull.ts";
import { isEstibaError } from "../lib/error.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { parseReference } from "../oci/reference.ts";
import type { Project } from "./project.ts";
import type { Service } from "./service.ts";

const MOST_AT_ONCE = 8;

/**
 * The project with the digest of each image in its reference: that of the image here, where it came from a registry, else what the
 * registry says now. Images that are built, and references that have a digest, stay. Throws what asking a registry throws.
 */
export async function pinImages(engine: Engine, project: Project, signal: AbortSignal): Promise<Project> {
  const images = [...new Set(Object.values(project.services).map(pulledImage))].filter((image) => image !== undefined);
  const pinned = await inParallel(
    images,
    { limit: MOST_AT_ONCE, signal },
    async (image, _index, aborted) => [image, await withDigest(engine, image, aborted)] as const,
  );
  const names = new Map(pinned);
  const services = Object.entries(project.services).map(([name, service]): [string, Service] => {
    const image = names.get(pulledImage(service) ?? "");
    return [name, image === undefined ? service : { ...service, image }];
  });
  return { ...project, services: Object.fromEntries(services) };
}

function pulledImage({ image, build }: Service): string | undefined {
  return build === undefined ? image : undefined;
}

async function withDigest(engine: Engine, image: string, signal: AbortSignal): Promise<string> {
  if (parseReference(image).digest !== undefined) return image;
  const digest = localDigest(engine, image) ?? (await remoteDigest(image, { signal })).digest;
  return `${image}@${digest}`;
}

/** The digest under which the image here came from a registry. */
function localDigest(engine: Engine, image: string): string | undefined {
  try {
    return inspectImage(engine, image).repoDigests[0]?.split("@")[1];
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}
