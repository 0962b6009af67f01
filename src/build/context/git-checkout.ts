import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import type { GitAddress } from "./git-address.ts";

type CheckoutOptions = { readonly keepGitDir: boolean; readonly signal: AbortSignal };

// The repository is a stranger's: nothing of it may run, and nothing may ask at the terminal.
const SAFE = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never"];
const QUIET = { GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "/bin/false", SSH_ASKPASS: "/bin/false", LC_ALL: "C" };
const SSH = "ssh -o BatchMode=yes";

/**
 * Brings the files of a git repository into a folder, which it makes: only the commit that is asked for where the server can do that. Files
 * have the modes 0644 or 0755 whatever the umask, as git knows no others. `.git` goes unless it is kept. Throws `unsupported` without git,
 * `unavailable` with what git says, `corrupt` where the commit is not the one asked for, the signal's reason.
 */
export async function checkOutGit(folder: string, address: GitAddress, options: CheckoutOptions): Promise<void> {
  const { ref, commit } = address;
  const { signal } = options;
  const url = shownUrl(address.url);
  const git = async (...words: string[]): Promise<GitResult> =>
    await runGit(folder, words, { signal, env: loginOf(address.url, process.env) });
  mkdirSync(folder, { mode: 0o755 });
  await must(address, git("init", "--quiet", "--template="));
  // What addresses of submodules that begin with .. are seen from.
  await must(address, git("config", "remote.origin.url", url));
  const wanted = ref ?? commit ?? "HEAD";
  const shallow = commit === undefined || ref === undefined ? await git(...fetching(url, wanted)) : undefined;
  if (shallow?.code === 0) {
    await must(address, git("checkout", "--quiet", "--detach", "FETCH_HEAD"));
  } else {
    // A server need not give out a single commit, and the beginning of its name is none: all of it is fetched.
    const all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
    await must(address, git("fetch", "--quiet", "--", url, ...all));
    await must(address, git("checkout", "--quiet", "--detach", await resolve(git, ref ?? commit ?? "HEAD"), "--"));
  }
  if (commit !== undefined) {
    const { stdout } = await must(address, git("rev-parse", "HEAD"));
    if (!stdout.startsWith(commit)) throw wrongCommit(address, stdout.trim());
  }
  if (address.submodules && existsSync(join(folder, ".gitmodules")))
    await must(address, git("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"));
  setModes(folder);
  if (!(address.keepGitDir ?? options.keepGitDir)) removeGitFolders(folder);
}

type GitResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

function fetching(url: string, ref: string): string[] {
  return ["fetch", "--quiet", "--depth=1", "--no-tags", "--", url, ref];
}

async function resolve(git: (...words: string[]) => Promise<GitResult>, ref: string): Promise<string> {
  const candidates = [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, ref];
  for (const name of candidates) {
    const { code, stdout } = await git("rev-parse", "--quiet", "--verify", "--end-of-options", `${name}^{commit}`);
    if (code === 0) return stdout.trim().split("\n").at(-1) ?? ref;
  }
  return ref;
}

type Surroundings = { readonly signal: AbortSignal; readonly env: Readonly<Record<string, string>> };

async function runGit(folder: string, words: readonly string[], { signal, env }: Surroundings): Promise<GitResult> {
  signal.throwIfAborted();
  const program = Bun.which("git");
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "build.no_git",
      what: "the context is a git repository, and there is no git program",
      fix: "install git: apt-get install git",
    });
  }
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...rest } = process.env;
  const child = Bun.spawn([program, ...SAFE, "-C", folder, ...words], {
    env: { GIT_SSH_COMMAND: SSH, ...rest, ...env, ...QUIET },
    stdio: ["ignore", "pipe", "pipe"],
    // Out of the terminal's reach: Ctrl-C comes to us.
    detached: true,
  });
  const kill = (): void => child.kill("SIGTERM");
  signal.addEventListener("abort", kill, { once: true });
  try {
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

async function must(address: GitAddress, running: Promise<GitResult>): Promise<GitResult> {
  const result = await running;
  if (result.code === 0) return result;
  throw new EstibaError("unavailable", {
    reason: "build.git_failed",
    what: `cannot get ${shownUrl(address.url)}${address.ref === undefined ? "" : ` at "${address.ref}"`}`,
    cause: new Error(
      result.stderr
        .trim()
        .split(/(?=https?:)/)
        .map(shownUrl)
        .join(""),
    ),
    fix: "see whether git can fetch it without asking for anything",
  });
}

/** Without a login: the user of ssh is none. */
function shownUrl(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@\s]*@/, "$1");
}

/**
 * A login that stands in an address, as git's own configuration in the environment: the words of a command are for everybody to see. It holds for
 * submodules of that server, too, and stays in no file.
 */
function loginOf(url: string, environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const [, scheme = "", login = "", host = ""] = /^(https?:\/\/)([^/@]+@)([^/]+\/)/.exec(url) ?? [];
  if (login === "") return {};
  const count = Number(environment["GIT_CONFIG_COUNT"] ?? 0);
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `url.${scheme}${login}${host}.insteadOf`,
    [`GIT_CONFIG_VALUE_${count}`]: `${scheme}${host}`,
  };
}

function setModes(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name === ".git") continue;
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) {
      chmodSync(path, 0o755);
      setModes(path);
    } else if (status.isFile()) chmodSync(path, (status.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function removeGitFolders(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name === ".git") rmSync(path, { recursive: true, force: true });
    else if (lstatSync(path).isDirectory()) removeGitFolders(path);
  }
}

function wrongCommit({ url, commit = "" }: GitAddress, found: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "build.wrong_checksum",
    what: `${shownUrl(url)} is at the commit ${found}, not ${commit}`,
    fix: "see whether the repository still has what you want, then change the commit",
  });
}
