import { EstibaError } from "../lib/error.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import {
  allImages,
  containersOf,
  type ImageRecord,
  imageDigests,
  imageNames,
  imagesWithLayer,
} from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";

/** An image with everything a list tells about it. */
export type ImageSummary = {
  image: ImageRecord;
  config: ImageConfig;
  /** Full names, `domain/path:tag`. */
  names: string[];
  /** `domain/path@digest` each. */
  repoDigests: string[];
  /** Number of containers made from it. */
  containers: number;
};

type ListOptions = {
  /** Also images that have no name and only serve as layers of others. */
  readonly all?: boolean;
  /** `key=value` each; all must hold, but values of one key are alternatives. */
  readonly filters?: readonly string[];
};

/** The images here, newest first. Throws `invalid` for an unknown filter, `not_found` for an image a filter names. */
export function listImages(engine: Engine, options: ListOptions = {}): ImageSummary[] {
  const names = groupBy(imageNames(engine.store), ({ name }) => name);
  const digests = groupBy(imageDigests(engine.store), ({ repository, digest }) => `${repository}@${digest}`);
  const summaries = allImages(engine.store).map((image) => ({
    image,
    config: parseImageConfig(Buffer.from(image.config)),
    names: names.get(image.id) ?? [],
    repoDigests: digests.get(image.id) ?? [],
    containers: containersOf(engine.store, image.id).length,
  }));
  const tests = [...groupFilters(options.filters ?? [])].map(([key, values]) => makeTest(engine, key, values));
  const wantsIntermediate = (options.filters ?? []).some((filter) => filter.startsWith("intermediate="));
  return summaries
    .filter((summary) => options.all === true || wantsIntermediate || !isIntermediate(engine, summary))
    .filter((summary) => tests.every((test) => test(summary)));
}

/** True for an image without a name that another image is built on. */
function isIntermediate(engine: Engine, { image, names }: Pick<ImageSummary, "image" | "names">): boolean {
  return (
    names.length === 0 &&
    image.chainId !== null &&
    imagesWithLayer(engine.store, image.chainId).some((id) => id !== image.id)
  );
}

type Test = (summary: ImageSummary) => boolean;

function makeTest(engine: Engine, key: string, values: readonly string[]): Test {
  const any = (test: (value: string, summary: ImageSummary) => boolean): Test => {
    return (summary) => values.some((value) => test(value, summary));
  };
  switch (key) {
    case "dangling":
      return any((value, { names }) => (names.length === 0) === asBoolean(key, value));
    case "intermediate":
      return any((value, summary) => isIntermediate(engine, summary) === asBoolean(key, value));
    case "containers":
      return any((value, { containers }) => containers > 0 === asBoolean(key, value));
    case "id":
      return any((value, { image }) => image.id.startsWith(value.replace(/^sha256:/, "")));
    case "label":
      // Several labels must all hold, as Podman and Docker have it.
      return ({ config }) => values.every((value) => hasLabel(config, value));
    case "label!":
      return ({ config }) => values.every((value) => !hasLabel(config, value));
    case "reference":
      return any((value, { names }) => names.some((name) => matchesReference(value, name)));
    case "before":
    case "since":
    case "after": {
      const times = values.map((value) => findImage(engine, value).image.createdAtMs);
      return ({ image }) =>
        times.some((time) => (key === "before" ? image.createdAtMs < time : image.createdAtMs > time));
    }
    default:
      throw badFilter(`unknown filter "${key}"`);
  }
}

function groupFilters(filters: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const filter of filters) {
    const equals = filter.indexOf("=");
    if (equals < 1) throw badFilter(`malformed filter "${filter}"`);
    const key = filter.slice(0, equals);
    groups.set(key, [...(groups.get(key) ?? []), filter.slice(equals + 1)]);
  }
  return groups;
}

function asBoolean(key: string, value: string): boolean {
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw badFilter(`filter ${key} takes true or false, not "${value}"`);
}

function hasLabel({ process }: ImageConfig, wanted: string): boolean {
  const equals = wanted.indexOf("=");
  if (equals < 0) return Object.hasOwn(process.labels, wanted);
  return process.labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}

/** A pattern may name the whole reference, the repository, or its last components; `*` and `?` match within. */
function matchesReference(pattern: string, name: string): boolean {
  const repository = name.slice(0, name.lastIndexOf(":"));
  const glob = new Bun.Glob(pattern);
  return [name, repository].some((text) => {
    const components = text.split("/");
    return components.some((_, index) => glob.match(components.slice(index).join("/")));
  });
}

function groupBy<T extends { imageId: string }>(rows: readonly T[], text: (row: T) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const row of rows) groups.set(row.imageId, [...(groups.get(row.imageId) ?? []), text(row)]);
  return groups;
}

function badFilter(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.bad_filter",
    what,
    fix: "filters are: after, before, containers, dangling, id, intermediate, label, label!, reference, since",
  });
}
