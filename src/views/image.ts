import { humanDuration } from "../lib/duration.ts";
import { goTime, goTimeOf } from "../lib/go-template/time.ts";
import { formatSize } from "../lib/size.ts";
import type { Digest } from "../oci/digest.ts";
import type { HistoryEntry, ImageConfig, ProcessDefaults } from "../oci/image-config.ts";

/** What the views of an image are made from; times in milliseconds since the epoch. */
export type ImageFacts = {
  image: { id: string; manifestDigest: Digest; createdAtMs: number; sizeBytes: number };
  config: ImageConfig;
  names: readonly string[];
  repoDigests: readonly string[];
};

/** Podman's `image inspect` object (podman-inspect: ImageData). `layerFolders` are the unpacked layers, topmost first. */
export function imageInspectJson(
  facts: ImageFacts,
  layerFolders: readonly string[],
  manifestType: string,
): Record<string, unknown> {
  const { image, config } = facts;
  const [upper, ...lower] = layerFolders;
  return {
    Id: image.id,
    Digest: image.manifestDigest,
    RepoTags: facts.names,
    RepoDigests: digestsOf(facts),
    Parent: "",
    Comment: config.history.at(-1)?.comment ?? "",
    Created: config.created === undefined ? goTime(image.createdAtMs) : goTimeOf(config.created),
    Config: processJson(config.process),
    Version: "",
    Author: config.author ?? "",
    Architecture: config.architecture,
    Os: config.os,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Size: image.sizeBytes,
    VirtualSize: image.sizeBytes,
    GraphDriver: {
      Name: "overlay",
      Data: {
        ...(lower.length === 0 ? {} : { LowerDir: lower.join(":") }),
        ...(upper === undefined ? {} : { UpperDir: upper }),
      },
    },
    RootFS: { Type: "layers", Layers: config.diffIds },
    Labels: orNull(config.process.labels),
    Annotations: {},
    ManifestType: manifestType,
    User: config.process.user,
    History: config.history.map(historyJson),
    NamesHistory: facts.names,
    ...(config.process.healthcheck === undefined ? {} : { Healthcheck: healthcheckJson(config.process) }),
  };
}

/** What a list of images knows of one. */
type ImageListFacts = Omit<ImageFacts, "config" | "image"> & {
  image: Omit<ImageFacts["image"], "manifestDigest"> & { manifestDigest: string };
  config: { process: Pick<ProcessDefaults, "labels"> };
};

/** Podman's `images --format json` object. */
export function imageSummaryJson(facts: ImageListFacts, containers: number): object {
  const { image, config, names } = facts;
  return {
    Id: image.id,
    ParentId: "",
    RepoTags: names.length === 0 ? null : names,
    RepoDigests: digestsOf(facts),
    Size: image.sizeBytes,
    SharedSize: 0,
    VirtualSize: image.sizeBytes,
    Labels: orNull(config.process.labels),
    Containers: containers,
    ...(names.length === 0 ? { Dangling: true } : {}),
    Names: names,
    Digest: image.manifestDigest,
    History: names,
    Created: Math.floor(image.createdAtMs / 1000),
    CreatedAt: new Date(image.createdAtMs).toISOString().replace(".000Z", "Z"),
  };
}

/** As Podman: what was not pulled has a digest under its own names, too. */
function digestsOf({ image, names, repoDigests }: ImageListFacts): string[] {
  const own = names.map((name) => `${name.slice(0, name.lastIndexOf(":"))}@${image.manifestDigest}`);
  return [...new Set([...repoDigests, ...own])];
}

/** One line of `images`, with Podman's names for its columns; Go templates see these fields too. */
export type ImageRow = {
  Repository: string;
  Tag: string;
  Digest: string;
  /** Twelve digits, or `sha256:` and all of them. */
  ID: string;
  Id: string;
  Created: string;
  CreatedSince: string;
  CreatedAt: string;
  Size: string;
  VirtualSize: string;
  Names: readonly string[];
  RepoTags: readonly string[];
  RepoDigests: readonly string[];
  Labels: Readonly<Record<string, string>>;
  Containers: number;
  History: string;
  Dangling: boolean;
  ReadOnly: boolean;
};

/** The lines of one image: one for each name, or one of `<none>`. */
export function imageRows(
  facts: ImageListFacts,
  { containers, nowMs, full }: { containers: number; nowMs: number; full: boolean },
): ImageRow[] {
  const { image, config, names } = facts;
  const since = createdSince(image.createdAtMs, nowMs);
  const size = formatSize(image.sizeBytes);
  return (names.length === 0 ? ["<none>:<none>"] : names).map((name) => ({
    Repository: name.slice(0, name.lastIndexOf(":")),
    Tag: name.slice(name.lastIndexOf(":") + 1),
    Digest: image.manifestDigest,
    ID: full ? `sha256:${image.id}` : image.id.slice(0, 12),
    Id: image.id,
    Created: since,
    CreatedSince: since,
    CreatedAt: createdAt(image.createdAtMs),
    Size: size,
    VirtualSize: size,
    Names: names,
    RepoTags: names,
    RepoDigests: digestsOf(facts),
    Labels: config.process.labels,
    Containers: containers,
    History: names.join(", "),
    Dangling: names.length === 0,
    ReadOnly: false,
  }));
}

/** `2 years ago`. */
export function createdSince(createdAtMs: number, nowMs: number): string {
  return `${humanDuration(Math.max(0, nowMs - createdAtMs))} ago`;
}

/** `2024-01-02 03:04:05 +0000 UTC`, as Go prints a time. */
export function createdAt(createdAtMs: number): string {
  return new Date(createdAtMs)
    .toISOString()
    .replace("T", " ")
    .replace(/\.000Z$|Z$/, " +0000 UTC");
}

// What is empty is not in the JSON; a template may ask for it.
function processJson(process: ProcessDefaults): object {
  const list = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items);
  const set = (keys: readonly string[]): object | undefined => (keys.length === 0 ? undefined : emptyObjects(keys));
  return {
    User: process.user === "" ? undefined : process.user,
    ExposedPorts: set(process.exposedPorts),
    Env: list(process.env),
    Entrypoint: list(process.entrypoint),
    Cmd: list(process.cmd),
    Volumes: set(process.volumes),
    WorkingDir: process.workingDir === "" ? undefined : process.workingDir,
    Labels: orNull(process.labels) ?? undefined,
    StopSignal: process.stopSignal,
    OnBuild: list(process.onBuild),
  };
}

function healthcheckJson({ healthcheck }: ProcessDefaults): object {
  const { test, intervalNs, timeoutNs, startPeriodNs, retries } = healthcheck ?? { test: [] };
  return JSON.parse(
    JSON.stringify({
      Test: test,
      Interval: intervalNs,
      Timeout: timeoutNs,
      StartPeriod: startPeriodNs,
      Retries: retries,
    }),
  ) as object;
}

function historyJson(entry: HistoryEntry): object {
  return {
    created: entry.created === undefined ? undefined : goTimeOf(entry.created),
    created_by: entry.createdBy,
    author: entry.author,
    comment: entry.comment,
    empty_layer: entry.emptyLayer === true ? true : undefined,
  };
}

function emptyObjects(keys: readonly string[]): Record<string, object> {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

function orNull(map: Readonly<Record<string, string>>): object | null {
  return Object.keys(map).length === 0 ? null : map;
}
