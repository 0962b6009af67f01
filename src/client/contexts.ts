import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readIfThere } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The names of the files of TLS, as every one of Docker's tools has them. */
const TLS_FILES = ["ca.pem", "cert.pem", "key.pem"] as const;
type TlsFile = (typeof TLS_FILES)[number];

/** A place that is remembered by a name. Source: Docker's contexts, whose files these are. */
export type Context = {
  readonly name: string;
  readonly description: string;
  /** The address, as typed. */
  readonly host: string;
  readonly skipTlsVerify: boolean;
  /** In PEM form, by the file's name. */
  readonly tls: Readonly<Partial<Record<TlsFile, string>>>;
};

/** What Docker calls the engine of this machine; it is in no file. */
export const DEFAULT_CONTEXT = "default";

/** The folder of Docker's configuration. */
export function dockerFolder(environment: Environment): string {
  const named = environment["DOCKER_CONFIG"] ?? "";
  return named === "" ? join(environment["HOME"] ?? "/nonexistent", ".docker") : named;
}

/** Where the files of a context lie: `meta` what it is, `tls` its certificates. */
export function contextFolders(folder: string, name: string): { readonly meta: string; readonly tls: string } {
  const id = createHash("sha256").update(name).digest("hex");
  return { meta: join(folder, "contexts/meta", id), tls: join(folder, "contexts/tls", id) };
}

type MetaFile = {
  readonly Name?: string;
  readonly Metadata?: { readonly Description?: string };
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } };
};

/** Reads a context. Throws `not_found`, `corrupt`. */
export function readContext(folder: string, name: string): Context {
  const { meta, tls } = contextFolders(folder, name);
  const found = parseMeta(join(meta, "meta.json"));
  if (found === undefined)
    throw new EstibaError("not_found", {
      reason: "client.no_context",
      what: `there is no context "${name}"`,
      fix: "see which there are: estiba context ls",
    });
  return contextOf(found, name, readTls(tls));
}

/** All contexts, by name. */
export function listContexts(folder: string): Context[] {
  let ids: string[];
  try {
    ids = readdirSync(join(folder, "contexts/meta"));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
  return ids
    .flatMap((id) => {
      const found = parseMeta(join(folder, "contexts/meta", id, "meta.json"));
      return found?.Name === undefined ? [] : [contextOf(found, found.Name, readTls(join(folder, "contexts/tls", id)))];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether there is one of this name. */
export function hasContext(folder: string, name: string): boolean {
  return existsSync(join(contextFolders(folder, name).meta, "meta.json"));
}

/** Writes a context: the certificates first, so that what is read is whole. */
export function writeContext(folder: string, context: Context): void {
  const { meta, tls } = contextFolders(folder, context.name);
  rmSync(tls, { recursive: true, force: true });
  for (const file of TLS_FILES) {
    const text = context.tls[file];
    if (text === undefined) continue;
    mkdirSync(join(tls, "docker"), { recursive: true, mode: 0o700 });
    writeFileSync(join(tls, "docker", file), text, { mode: 0o600 });
  }
  mkdirSync(meta, { recursive: true, mode: 0o755 });
  const made = join(meta, `.meta.${process.pid}.json`);
  writeFileSync(made, contextMeta(context), { mode: 0o644 });
  renameSync(made, join(meta, "meta.json"));
}

/** What a context is without its certificates: the text of its meta.json. */
export function contextMeta({ name, description, host, skipTlsVerify }: Context): string {
  return JSON.stringify({
    Name: name,
    Metadata: description === "" ? {} : { Description: description },
    Endpoints: { docker: { Host: host, SkipTLSVerify: skipTlsVerify } },
  });
}

/** A context by another name, from the files of an export. Throws `corrupt`. */
export function contextOfFiles(name: string, files: ReadonlyMap<string, string>): Context {
  const meta = parseText(files.get("meta.json") ?? "", "meta.json");
  const tls = TLS_FILES.flatMap((file) => {
    const text = files.get(`tls/docker/${file}`);
    return text === undefined ? [] : [[file, text] as const];
  });
  return contextOf(meta, name, Object.fromEntries(tls));
}

/** Forgets a context. */
export function removeContext(folder: string, name: string): void {
  const { meta, tls } = contextFolders(folder, name);
  rmSync(meta, { recursive: true, force: true });
  rmSync(tls, { recursive: true, force: true });
}

function readTls(folder: string): Context["tls"] {
  const read = TLS_FILES.flatMap((file) => {
    const text = readIfThere(join(folder, "docker", file));
    return text === undefined ? [] : [[file, text] as const];
  });
  return Object.fromEntries(read);
}

function contextOf({ Metadata, Endpoints }: MetaFile, name: string, tls: Context["tls"]): Context {
  const docker = Endpoints?.docker ?? {};
  return {
    name,
    description: Metadata?.Description ?? "",
    host: docker.Host ?? "",
    skipTlsVerify: docker.SkipTLSVerify === true,
    tls,
  };
}

function parseMeta(path: string): MetaFile | undefined {
  const text = readIfThere(path);
  return text === undefined ? undefined : parseText(text, path);
}

function parseText(text: string, path: string): MetaFile {
  try {
    return JSON.parse(text) as MetaFile;
  } catch (error) {
    throw new EstibaError("corrupt", {
      reason: "client.bad_context",
      what: `cannot read "${path}"`,
      cause: error,
      fix: "mend the file, or remove its folder and create the context anew",
    });
  }
}
