import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type GitAddress, parseGitAddress } from "../../build/context/git-address.ts";
import { checkOutGit } from "../../build/context/git-checkout.ts";
import { type FoundArtifact, findArtifact } from "../../engine/artifact/fetch.ts";
import type { Engine } from "../../engine/engine.ts";
import { fetchedProjects } from "../../engine/fetched-projects.ts";
import { fdPath, openInRoot, openRoot } from "../../host/openat.ts";
import { temporaryPath } from "../../image/temporary.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { parseDigest } from "../../oci/digest.ts";
import { isQualified, parseReference, type QualifiedReference, qualify, withDefaultTag } from "../../oci/reference.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import { ANNOTATION, EMPTY_CONFIG_TYPE, ENV_FILE_TYPE, FILE_TYPE, PROJECT_TYPE } from "../publish/artifact-files.ts";
import { FILE_NAMES } from "./find.ts";

/**
 * Brings a Compose file from elsewhere, `oci://REFERENCE` or the address of a git repository, and gives where it lies now: beside all that
 * came with it, in a folder that is called after it. A version that was fetched before is not fetched again. Throws what asking a registry or
 * git throws, `unsupported` for another address, `invalid` for an artifact that is no project.
 */
export async function fetchRemote(engine: Engine, address: string, signal: AbortSignal): Promise<string> {
  if (address.startsWith("oci://")) return await fetchProject(engine, address.slice("oci://".length), signal);
  const git = parseGitAddress(address);
  if (git !== undefined) return await fetchRepository(engine, git, signal);
  throw new EstibaError("unsupported", {
    reason: "compose.remote_file",
    what: `"${address}" is neither an artifact (oci://...) nor a git repository (https://....git)`,
    fix: "fetch it first, and name the file",
  });
}

/** A name of docker.io where it says no registry, as Docker Compose has it. */
export function projectReference(text: string): QualifiedReference {
  const reference = withDefaultTag(parseReference(text));
  return isQualified(reference) ? reference : qualify(reference, "docker.io");
}

async function fetchProject(engine: Engine, text: string, signal: AbortSignal): Promise<string> {
  const reference = projectReference(text);
  const name = basename(reference.path);
  const known = reference.digest === undefined ? undefined : placeFor(engine, reference.digest, name);
  if (known !== undefined && existsSync(known)) return join(known, COMPOSE_FILE);
  const artifact = await findArtifact(reference, { signal });
  if (![PROJECT_TYPE, EMPTY_CONFIG_TYPE].includes(artifact.type))
    throw noProject(text, `its type is "${artifact.type}"`);
  const place = placeFor(engine, artifact.digest, name);
  if (!existsSync(place)) await putInPlace(engine, place, async (folder) => await writeFiles(artifact, folder, text));
  return join(place, COMPOSE_FILE);
}

const COMPOSE_FILE = "compose.yaml";

/** The project's own files become documents of one; those beside it keep their names, which lead nowhere else. */
async function writeFiles(artifact: FoundArtifact, folder: string, text: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  const own: string[] = [];
  for (const layer of artifact.layers) {
    const { mediaType, annotations = {} } = layer;
    const isBase = annotations[ANNOTATION.base] !== undefined;
    if (mediaType !== FILE_TYPE && mediaType !== ENV_FILE_TYPE) continue;
    const bytes = await artifact.read(layer);
    if (mediaType === FILE_TYPE && !isBase) own.push(Buffer.from(bytes).toString());
    else writeBeside(folder, annotations[isBase ? ANNOTATION.file : ANNOTATION.envFile] ?? "", bytes, text);
  }
  if (own.length === 0) throw noProject(text, "it has no Compose file");
  writeFileSync(join(folder, COMPOSE_FILE), own.join("\n---\n"), { mode: 0o600 });
}

function writeBeside(folder: string, name: string, bytes: Uint8Array, text: string): void {
  const isPlain = name !== "" && name !== "." && name !== ".." && name !== COMPOSE_FILE && !/[/\\\0]/.test(name);
  if (!isPlain) throw noProject(text, `it has a file called ${JSON.stringify(name)}`);
  writeFileSync(join(folder, name), bytes, { mode: 0o600 });
}

async function fetchRepository(engine: Engine, address: GitAddress, signal: AbortSignal): Promise<string> {
  const name = basename(address.url.replace(/\/+$/, "")).replace(/\.git$/, "");
  const known = [address.ref, address.commit].find((ref) => ref !== undefined && /^[0-9a-f]{40,64}$/.test(ref));
  const before = known === undefined ? undefined : placeFor(engine, known, name);
  if (before !== undefined && existsSync(before)) return fileIn(before, address);
  const folder = temporaryPath(engine.paths, "context");
  try {
    await checkOutGit(folder, { ...address, keepGitDir: true }, { keepGitDir: true, signal });
    // Nothing but the commit is checked out, so that this is its name.
    const commit = readFileSync(join(folder, ".git/HEAD"), "utf8").trim();
    removeTree(join(folder, ".git"));
    const place = placeFor(engine, commit, name);
    if (!existsSync(place)) moveInto(folder, place);
    return fileIn(place, address);
  } finally {
    removeTree(folder);
  }
}

/** The file that an address means: itself, or one with a usual name in the folder. Links in a repository lead nowhere outside. */
function fileIn(place: string, { folder, url }: GitAddress): string {
  const root = openRoot(place);
  try {
    for (const name of [folder === "" ? "." : folder, ...FILE_NAMES.map((file) => join(folder, file))]) {
      const found = realFile(root, name);
      if (found !== undefined) return found;
    }
  } finally {
    closeSync(root);
  }
  throw new EstibaError("not_found", {
    reason: "compose.no_file",
    what: `${url} has no Compose file${folder === "" ? "" : ` "${folder}"`}`,
    fix: "name it behind a colon: URL.git#BRANCH:FOLDER/compose.yaml",
  });
}

function realFile(root: number, path: string): string | undefined {
  try {
    const fd = openInRoot(root, path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).isFile() ? readlinkSync(fdPath(fd)) : undefined;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}

/** A version's folder: called after the project, since its name is the project's where no file says another. */
function placeFor(engine: Engine, version: string, name: string): string {
  const hex = version.includes(":") ? parseDigest(version).split(":")[1] : version;
  return join(fetchedProjects(engine), hex ?? version, name);
}

async function putInPlace(engine: Engine, place: string, make: (folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryPath(engine.paths, "context");
  try {
    await make(folder);
    moveInto(folder, place);
  } finally {
    removeTree(folder);
  }
}

/** Whoever brought the same version in the meantime was first, and it is the same. */
function moveInto(folder: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  try {
    renameSync(folder, place);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
}

function noProject(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.no_project",
    what: `"${text}" is no published Compose project: ${why}`,
    fix: "publish one with: estiba compose publish",
  });
}
