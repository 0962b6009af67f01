import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ArtifactFile } from "../../engine/artifact/push.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import type { NamedFile, Written } from "./written.ts";

/** What Docker Compose calls a published project and its files. Source: docker/compose, internal/oci. */
export const PROJECT_TYPE = "application/vnd.docker.compose.project";
export const EMPTY_CONFIG_TYPE = "application/vnd.docker.compose.config.empty.v1+json";
export const FILE_TYPE = "application/vnd.docker.compose.file+yaml";
export const ENV_FILE_TYPE = "application/vnd.docker.compose.envfile";
export const ANNOTATION = {
  file: "com.docker.compose.file",
  envFile: "com.docker.compose.envfile",
  base: "com.docker.compose.extends",
} as const;

type Published = {
  /** The project's own files, in order. */
  readonly files: readonly Written[];
  /** Files that services of them extend, and so on. */
  readonly bases: readonly Written[];
  readonly withEnv: boolean;
  /** An override that pins the images. */
  readonly pins: string | undefined;
};

/** The files of an artifact: whoever fetches it has them side by side, so that what they name is called by new names. */
export function artifactFiles({ files, bases, withEnv, pins }: Published): ArtifactFile[] {
  const compose = (written: Written): Uint8Array => Buffer.from(renamed(written, withEnv));
  const envFiles = withEnv ? new Set([...files, ...bases].flatMap(({ envFiles: named }) => named.map(pathOf))) : [];
  return [
    ...files.map((written) => file(FILE_TYPE, compose(written), { [ANNOTATION.file]: basename(written.path) })),
    ...bases.map((written) =>
      file(FILE_TYPE, compose(written), { [ANNOTATION.file]: baseName(written.path), [ANNOTATION.base]: "true" }),
    ),
    ...[...envFiles].map((path) => file(ENV_FILE_TYPE, read(path), { [ANNOTATION.envFile]: envName(path) })),
    ...(pins === undefined ? [] : [file(FILE_TYPE, Buffer.from(pins), { [ANNOTATION.file]: "image-digests.yaml" })]),
  ];
}

function file(mediaType: string, bytes: Uint8Array, annotations: Readonly<Record<string, string>>): ArtifactFile {
  return { mediaType, bytes, annotations };
}

function pathOf({ path }: NamedFile): string {
  return path;
}

/** The text of a file with the new names of the files that go with it. */
function renamed({ source, bases, envFiles }: Written, withEnv: boolean): string {
  const changes = [
    ...bases.map(({ node, path }) => ({ node, name: baseName(path) })),
    ...(withEnv ? envFiles.map(({ node, path }) => ({ node, name: envName(path) })) : []),
  ];
  // An alias is written in one place only.
  const byOffset = new Map(changes.map(({ node, name }) => [node.origin.offset, { node, name }]));
  let text = source.text;
  for (const [offset, { node, name }] of [...byOffset].toSorted(([a], [b]) => b - a))
    text = text.slice(0, offset) + name + text.slice(offset + writtenLength(source.text, node));
  return text;
}

/** How long a text is in the file, with its quotes. */
function writtenLength(text: string, node: Node): number {
  const rest = text.slice(node.origin.offset);
  const quoted = /^(?:"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*')/.exec(rest)?.[0];
  if (quoted !== undefined) return quoted.length;
  if (node.kind === "scalar" && rest.startsWith(node.text)) return node.text.length;
  throw problemAt(node.origin, {
    reason: "compose.cannot_publish",
    what: "the name of this file is written in a way that cannot be changed",
    fix: "write it on one line, without a tag",
  });
}

function baseName(path: string): string {
  return `${hash(path)}.yaml`;
}

function envName(path: string): string {
  return `${hash(path)}.env`;
}

function hash(path: string): string {
  return new Bun.CryptoHasher("sha256").update(path).digest("hex");
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EstibaError("invalid", { reason: "compose.cannot_read", what: `cannot read ${path}`, cause: error });
  }
}
