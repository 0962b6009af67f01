import { EstibaError } from "../../lib/error.ts";

/** A git repository, and what of it is wanted. */
export type GitAddress = {
  /** As git takes it. */
  readonly url: string;
  /** A branch, a tag, a commit or a full reference; undefined for what the repository's HEAD names. */
  readonly ref: string | undefined;
  /** The commit that the ref must be, in full or its beginning. */
  readonly commit: string | undefined;
  readonly folder: string;
  readonly submodules: boolean;
  readonly keepGitDir: boolean | undefined;
};

const QUERY_KEYS = ["ref", "branch", "tag", "commit", "checksum", "subdir", "submodules", "keep-git-dir"];

/**
 * Reads the address of a git repository as `docker build` and ADD take it: `git://`, `ssh://`, `git@HOST:PATH`, `file://`, `github.com/` and
 * http(s) that ends in `.git`, then `#REF:FOLDER` or `?branch=&tag=&commit=&subdir=&submodules=&keep-git-dir=`. Undefined for what is none.
 * Pure. Throws `invalid` for an unknown key, or a ref that git would take for an option.
 */
export function parseGitAddress(text: string): GitAddress | undefined {
  const [, url = "", , query = "", , fragment = ""] = /^([^#?]*)(\?([^#]*))?(#(.*))?$/s.exec(text) ?? [];
  const isShort = /^github\.com\/./.test(url);
  if (!isShort && !isRepository(url)) return undefined;
  const asked = new URLSearchParams(query);
  const unknown = [...asked.keys()].find((key) => !QUERY_KEYS.includes(key));
  if (unknown !== undefined) throw badAddress(text, `it has the unknown key "${unknown}"`);
  const [, fragmentRef = "", , fragmentFolder = ""] = /^([^:]*)(:(.*))?$/s.exec(fragment) ?? [];
  const keep = asked.get("keep-git-dir");
  return {
    url: isShort ? `https://${url}` : url,
    ref: refOf(text, asked, fragmentRef),
    commit: commitOf(text, asked),
    folder: asked.get("subdir") ?? fragmentFolder,
    submodules: !isFalse(asked.get("submodules")),
    keepGitDir: keep === null ? undefined : !isFalse(keep),
  };
}

function isRepository(url: string): boolean {
  return /^(git|ssh|file):\/\/./.test(url) || /^[\w.-]+@[\w.-]+:./.test(url) || /^https?:\/\/.+\.git\/?$/.test(url);
}

function refOf(text: string, asked: URLSearchParams, fragment: string): string | undefined {
  const tag = asked.get("tag");
  const ref = asked.get("ref") ?? asked.get("branch") ?? (tag === null ? fragment : `refs/tags/${tag}`);
  if (ref.startsWith("-") || /[\s\0]/.test(ref)) throw badAddress(text, `"${ref}" is no ref`);
  return ref === "" ? undefined : ref;
}

function commitOf(text: string, asked: URLSearchParams): string | undefined {
  const commit = asked.get("commit") ?? asked.get("checksum") ?? undefined;
  if (commit === undefined || /^[0-9a-f]{4,64}$/.test(commit)) return commit;
  throw badAddress(text, `"${commit}" is no commit`);
}

function isFalse(value: string | null): boolean {
  return value === "0" || value === "false";
}

function badAddress(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_git_address",
    what: `"${text}" is no address of a git repository: ${why}`,
    fix: "write URL.git#REF:FOLDER, or URL.git?branch=...&subdir=...",
  });
}
