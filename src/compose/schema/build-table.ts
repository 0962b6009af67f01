import { list, type Node, scalar } from "../../lib/yaml/node.ts";
import { dictAt } from "../short/make.ts";
import { expandHost, hostsOf } from "../short/others.ts";
import { fileKey } from "../short/volume.ts";
import {
  BYTES,
  FLAG,
  fields,
  INTEGER,
  LABELS,
  listOf,
  MODE,
  named,
  SET,
  type Shape,
  TEXT,
  TEXTS,
  textOf,
  VARIABLES,
} from "./shape.ts";

/** One for each address; the same pair counts once. */
export const HOSTS: Shape = listOf(TEXT, { short: expandHost, from: hostsOf, key: textOf, sorted: true });

export const ULIMITS: Shape = named(
  {
    type: "either",
    scalar: INTEGER,
    other: fields({ soft: INTEGER, hard: INTEGER }, { required: ["soft", "hard"], merge: "replace" }),
  },
  { names: /^[a-z]+$/, what: "limit" },
);

/** Secrets or configs of a service or a build, as files below this folder. */
export function filesIn(folder: string): Shape {
  const reference = fields(
    {
      source: TEXT,
      target: TEXT,
      uid: { type: "text", numbers: true },
      gid: { type: "text", numbers: true },
      mode: MODE,
    },
    { required: ["source"] },
  );
  return listOf(reference, { short: (name) => [dictAt(name.origin, { source: name.text })], key: fileKey(folder) });
}

/** Keys for ssh written as a mapping: `id=path`, or the id alone. */
function keysOf(node: Node): Node {
  if (node.kind !== "dict") return node;
  const items = [...node.entries].map(([id, { key, value }]) =>
    scalar(textOf(value) === "" ? id : `${id}=${textOf(value)}`, key),
  );
  return list(items, node.origin);
}

export const BUILD: Shape = fields(
  {
    context: TEXT,
    dockerfile: TEXT,
    dockerfile_inline: TEXT,
    entitlements: TEXTS,
    args: VARIABLES,
    ssh: listOf(TEXT, { single: true, from: keysOf, key: textOf }),
    labels: LABELS,
    cache_from: SET,
    cache_to: SET,
    no_cache: FLAG,
    no_cache_filter: { ...SET, single: true },
    additional_contexts: LABELS,
    pull: FLAG,
    extra_hosts: HOSTS,
    isolation: TEXT,
    network: TEXT,
    target: TEXT,
    secrets: filesIn("/run/secrets"),
    shm_size: BYTES,
    tags: SET,
    ulimits: ULIMITS,
    platforms: SET,
    privileged: FLAG,
    provenance: { type: "text", numbers: true },
    sbom: { type: "text", numbers: true },
  },
  { short: (text) => dictAt(text.origin, { context: text.text }) },
);
