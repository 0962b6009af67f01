import { isDeepStrictEqual } from "node:util";
import { EstibaError } from "../../lib/error.ts";
import { type FileKind, type FileUse, MOST_BYTES, type StoredFile } from "../model/file.ts";
import { type Service, type ServiceSpec, withSpec } from "../model/service.ts";
import { type Compare, MOST_OPERATIONS, type Operation } from "../store/contract.ts";
import { findOne } from "./find.ts";
import { newId } from "./ids.ts";
import { fileKey, fileNameKey, serviceKey } from "./keys.ts";
import { type Manager, putOf, type Write, write } from "./manager.ts";

/** One that can be found by its name. */
export type NamedFile = StoredFile & { readonly name: string };

export type NewFile = {
  readonly kind: FileKind;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  /** What becomes of one of that name: an error; this one in its place, also in services; or it stays as it is. */
  readonly existing: "refuse" | "replace" | "keep";
};

const NAME = /^[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,62}[a-zA-Z0-9])?$/;

/**
 * Keeps data under a name. Replacing makes a new version, which the services that have the old one are updated to by their own rules. Throws
 * `conflict` for a name in use, `invalid` for a bad name or too much data.
 */
export async function createFile(manager: Manager, asked: NewFile): Promise<NamedFile> {
  requireSound(asked);
  const { kind, name, labels, existing } = asked;
  const there = namedFiles(manager, kind).find((file) => file.name === name);
  if (there !== undefined && (existing === "keep" || (existing === "replace" && isSame(manager, there, asked))))
    return there;
  const id = newId();
  const sealed = manager.vault.seal(id, asked.data);
  const result: { file?: NamedFile } = {};
  await write(manager, () => {
    const old = namedFiles(manager, kind).find((file) => file.name === name);
    if (old !== undefined && existing !== "replace") throw nameTaken(kind, name);
    const now = manager.now();
    result.file = { id, kind, name, labels, createdAt: old?.createdAt ?? now, updatedAt: now, sealed };
    const steps = [
      putOf(manager.replica, fileKey(id), result.file),
      putOf(manager.replica, fileNameKey(kind, name), id),
    ];
    return joined([...steps, ...replacing(manager, old, result.file)]);
  });
  await forgetUnused(manager);
  return result.file ?? findFile(manager, kind, name);
}

function isSame(manager: Manager, { id, sealed, labels }: NamedFile, asked: NewFile): boolean {
  return isDeepStrictEqual(labels, asked.labels) && manager.vault.open(id, sealed).equals(Buffer.from(asked.data));
}

type Step = { readonly compare: Compare; readonly operation: Operation };

function joined(steps: readonly Step[]): Write {
  if (steps.length >= MOST_OPERATIONS) throw tooMany();
  return { compares: steps.map(({ compare }) => compare), operations: steps.map(({ operation }) => operation) };
}

/** The old version loses its name, and services take the new one. */
function replacing(manager: Manager, old: NamedFile | undefined, file: NamedFile): Step[] {
  if (old === undefined) return [];
  const { replica } = manager;
  const users = [...replica.services.values()].filter(({ spec }) => usesOf(spec).some(({ id }) => id === old.id));
  const updated = users.map((service) => {
    const files = usesOf(service.spec).map((use) => (use.id === old.id ? { ...use, id: file.id } : use));
    return putOf(replica, serviceKey(service.id), withSpec(service, { ...service.spec, files }, manager.now()));
  });
  return [letGo(manager, old), ...updated];
}

/** A version loses its name; it goes when no service, and no spec that one can go back to, has it. */
function letGo(manager: Manager, file: NamedFile): Step {
  const { name: _, ...nameless } = file;
  const { replica } = manager;
  const isUsed = [...replica.services.values()].some(({ spec, previous }) =>
    [...usesOf(spec), ...(previous === undefined ? [] : usesOf(previous.spec))].some(({ id }) => id === nameless.id),
  );
  return isUsed ? putOf(replica, fileKey(nameless.id), nameless) : deleteOf(manager, fileKey(nameless.id));
}

function deleteOf({ replica }: Manager, key: string): { compare: Compare; operation: Operation } {
  return { compare: { key, what: "modified", at: replica.modified(key) }, operation: { kind: "delete", key } };
}

/** Gives it other labels; the data stays. */
export async function relabelFile(
  manager: Manager,
  { id }: NamedFile,
  labels: StoredFile["labels"],
  version: number | undefined,
): Promise<void> {
  await write(manager, () => {
    const file = manager.replica.files.get(id);
    const key = fileKey(id);
    if (file === undefined || (version !== undefined && manager.replica.modified(key) !== version))
      throw outOfSequence();
    return joined([putOf(manager.replica, key, { ...file, labels, updatedAt: manager.now() })]);
  });
}

/** Forgets it, and older versions that nobody has. Throws `in_use` while services have it, naming them. */
export async function removeFile(manager: Manager, kind: FileKind, reference: string): Promise<NamedFile> {
  const removed = findFile(manager, kind, reference);
  await write(manager, () => {
    const users = [...manager.replica.services.values()].filter(({ spec }) =>
      usesOf(spec).some(({ id }) => id === removed.id),
    );
    if (users.length > 0) throw inUse(removed, users);
    return joined([letGo(manager, removed), deleteOf(manager, fileNameKey(kind, removed.name))]);
  });
  await forgetUnused(manager);
  return removed;
}

/** Forgets versions without a name that no service, and no spec that one can go back to, has. */
async function forgetUnused(manager: Manager): Promise<void> {
  if (unusedFiles(manager).length === 0) return;
  await write(manager, () => joined(unusedFiles(manager).map(({ id }) => deleteOf(manager, fileKey(id)))));
}

function unusedFiles({ replica }: Manager): StoredFile[] {
  const used = new Set(
    [...replica.services.values()].flatMap(({ spec, previous }) =>
      [...usesOf(spec), ...(previous === undefined ? [] : usesOf(previous.spec))].map(({ id }) => id),
    ),
  );
  const unused = [...replica.files.values()].filter(({ id, name }) => name === undefined && !used.has(id));
  return unused.slice(0, MOST_OPERATIONS / 2);
}

/** All of a kind that have a name, by name. */
export function namedFiles({ replica }: Pick<Manager, "replica">, kind: FileKind): NamedFile[] {
  return [...replica.files.values()]
    .flatMap((file) => (file.kind === kind && file.name !== undefined ? { ...file, name: file.name } : []))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** By id, name or the beginning of an id. Throws `not_found`, `conflict`. */
export function findFile(manager: Pick<Manager, "replica">, kind: FileKind, reference: string): NamedFile {
  return findOne(namedFiles(manager, kind), reference, {
    kind,
    nameOf: ({ name }) => name,
    fix: `estiba ${kind} ls lists them`,
  });
}

/**
 * What must not have changed while a service with this spec is written down: the versions that it names are there. Throws `not_found` where
 * one is not, `invalid` for two at one place.
 */
export function requireFiles({ replica }: Pick<Manager, "replica">, spec: ServiceSpec): Compare[] {
  const targets = new Set<string>();
  return usesOf(spec).map(({ kind, id, name, target }) => {
    if (replica.files.get(id)?.kind !== kind) throw unknownFile(kind, name === "" ? id : name);
    if (targets.has(target)) throw sameTarget(target);
    targets.add(target);
    return { key: fileKey(id), what: "modified", at: replica.modified(fileKey(id)) };
  });
}

function unknownFile(kind: FileKind, name: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "cluster.unknown",
    what: `${kind} ${name} not found`,
    fix: `estiba ${kind} ls lists them`,
  });
}

function usesOf({ files = [] }: ServiceSpec): readonly FileUse[] {
  return files;
}

function requireSound({ kind, name, data }: NewFile): void {
  if (!NAME.test(name))
    throw invalid(
      `"${name}" is no name of a ${kind}: up to 64 letters, digits, - _ and ., which begins and ends with one of the first two`,
    );
  if (data.length === 0 || data.length > MOST_BYTES[kind])
    throw invalid(`a ${kind} has from 1 to ${MOST_BYTES[kind]} bytes`);
}

function invalid(what: string): EstibaError {
  return new EstibaError("invalid", { reason: "cluster.bad_file", what });
}

function sameTarget(target: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.same_target",
    what: `two secrets or configs are to be at "${target}"`,
    fix: "give one of them another target=",
  });
}

function nameTaken(kind: FileKind, name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "cluster.file_name_taken",
    what: `name conflicts with an existing object: ${kind} ${name} already exists`,
    fix: "choose another name, or have it take the place of that one: --replace",
  });
}

function inUse({ kind, name }: NamedFile, users: readonly Service[]): EstibaError {
  const names = users.map(({ spec }) => spec.name);
  return new EstibaError("in_use", {
    reason: "cluster.file_in_use",
    what: `${kind} '${name}' is in use by the following service${names.length === 1 ? "" : "s"}: ${names.join(", ")}`,
    fix: `take it from them first: estiba service update --${kind}-rm ${name} ${names[0]}`,
  });
}

function outOfSequence(): EstibaError {
  return new EstibaError("conflict", {
    reason: "service.out_of_sequence",
    what: "update out of sequence: somebody else has changed it meanwhile",
    fix: "look at it, then try again",
    retryable: true,
  });
}

function tooMany(): EstibaError {
  return new EstibaError("exhausted", {
    reason: "cluster.too_many_users",
    what: "too many services have it to be changed at once",
    fix: "create it under another name, and update the services one by one",
  });
}
