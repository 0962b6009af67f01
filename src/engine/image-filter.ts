import { EstibaError } from "../lib/error.ts";
import { parseMoment } from "../lib/moment.ts";
import type { ImageConfig } from "../oci/image-config.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import type { ImageSummary } from "./list-images.ts";

export type ImageTest = (summary: ImageSummary) => boolean;

type Maker = (value: string, key: string, context: Context) => ImageTest;
type Context = { readonly engine: Engine; readonly isIntermediate: ImageTest };

const MAKERS: Readonly<Record<string, Maker>> = {
  after: (value, _key, { engine }) => laterThan(engine, value),
  before: (value, _key, { engine }) => {
    const { createdAtMs } = findImage(engine, value).image;
    return ({ image }) => image.createdAtMs < createdAtMs;
  },
  containers: (value, key) => {
    // A container here is always Estiba's own.
    if (value === "external") return () => false;
    const wanted = booleanOf(key, value);
    return ({ containers }) => containers > 0 === wanted;
  },
  dangling: (value, key) => {
    const wanted = booleanOf(key, value);
    return ({ names }) => (names.length === 0) === wanted;
  },
  digest: (value) => {
    const matches = (digest: string): boolean => digest === value || digest.startsWith(`sha256:${value}`);
    return ({ image, repoDigests }) =>
      matches(image.manifestDigest) || repoDigests.some((name) => matches(name.slice(name.indexOf("@") + 1)));
  },
  id: (value) => {
    const id = value.replace(/^sha256:/, "");
    return ({ image }) => image.id.startsWith(id);
  },
  intermediate: (value, key, { isIntermediate }) => {
    const wanted = booleanOf(key, value);
    return (summary) => isIntermediate(summary) === wanted;
  },
  label: (value) => {
    const equals = value.indexOf("=");
    const [name, text] = equals < 0 ? [value, undefined] : [value.slice(0, equals), value.slice(equals + 1)];
    return ({ config }) => hasLabel(config, name, text);
  },
  // A list of manifests is not an image of its own here.
  manifest: (value, key) => {
    const wanted = booleanOf(key, value);
    return () => !wanted;
  },
  // No store here is shared read-only.
  readonly: (value, key) => {
    const wanted = booleanOf(key, value);
    return () => !wanted;
  },
  reference: (value) => {
    const glob = new Bun.Glob(value);
    return ({ names }) => names.some((name) => matchesReference(glob, name));
  },
  since: (value, _key, { engine }) => laterThan(engine, value),
  until: (value) => {
    const limit = parseMoment(value, "before", Date.now());
    if (limit === undefined) throw badFilter(`until: "${value}" is not a time or a while ago`);
    return ({ image }) => image.createdAtMs < limit;
  },
};

/** Values of these keys must all hold; those of any other key are alternatives. */
const ALL_HOLD = new Set(["label", "label!", "until"]);

/**
 * What `--filter` asks of an image: `KEY=VALUE` each, `KEY!=VALUE` for the opposite; all keys must hold. Throws `invalid` for a bad one,
 * `not_found` for an image it names.
 */
export function imageTest(context: Context, filters: readonly string[]): ImageTest {
  const tests = [...grouped(filters)].map(([key, values]): ImageTest => {
    const plain = key.replace(/!$/, "");
    const make = Object.hasOwn(MAKERS, plain) ? MAKERS[plain] : undefined;
    if (make === undefined) throw badFilter(`unsupported image filter "${key}"`);
    const made = values.map((value) => make(value, plain, context));
    if (plain !== key) return (summary) => made.every((test) => !test(summary));
    return ALL_HOLD.has(key)
      ? (summary) => made.every((test) => test(summary))
      : (summary) => made.some((test) => test(summary));
  });
  return (summary) => tests.every((test) => test(summary));
}

function grouped(filters: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const filter of filters) {
    const equals = filter.indexOf("=");
    // A bare `dangling` or `readonly` asks for what is so.
    const key = equals < 0 ? filter : filter.slice(0, equals);
    if (key === "" || (equals < 0 && !FLAGS.has(key))) throw badFilter(`invalid image filter "${filter}"`);
    groups.set(key, [...(groups.get(key) ?? []), equals < 0 ? "true" : filter.slice(equals + 1)]);
  }
  return groups;
}

const FLAGS = new Set(["containers", "dangling", "intermediate", "manifest", "readonly"]);

function laterThan(engine: Engine, name: string): ImageTest {
  const { createdAtMs } = findImage(engine, name).image;
  return ({ image }) => image.createdAtMs > createdAtMs;
}

function booleanOf(key: string, value: string): boolean {
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw badFilter(`filter ${key} takes true or false, not "${value}"`);
}

function hasLabel({ process: { labels } }: ImageConfig, name: string, text: string | undefined): boolean {
  return Object.hasOwn(labels, name) && (text === undefined || labels[name] === text);
}

/** A pattern may name the whole reference, the repository, or its last components; `*` and `?` match within. */
function matchesReference(glob: Bun.Glob, name: string): boolean {
  const repository = name.slice(0, name.lastIndexOf(":"));
  return [name, repository].some((text) => {
    const components = text.split("/");
    return components.some((_, index) => glob.match(components.slice(index).join("/")));
  });
}

function badFilter(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.bad_filter",
    what,
    fix: `filters are: ${Object.keys(MAKERS).join(", ")}; KEY!=VALUE for the opposite`,
  });
}
