import { chmodSync, chownSync, closeSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { openInRoot, openRoot } from "../../host/openat.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import { copyFolder } from "../../storage/copy-tree.ts";
import { parseRunMount, type RunMount } from "../plan/run-mount.ts";
import type { RunStep } from "../plan/step.ts";
import { type BuildSecrets, missingSecret, readSecret } from "../secrets.ts";
import { openCacheMount } from "./cache-mounts.ts";
import type { SourceTree } from "./sources.ts";

/** The mounts of a RUN, ready; disposing lets go of what they hold. */
export type RunMounts = Disposable & {
  readonly specs: readonly MountSpec[];
  /** Variables that they bring. */
  readonly env: readonly string[];
};

/** Files to mount: of a folder on the host, or of layers that no image has. */
export type BindOrigin = { readonly folder: string } | { readonly chainId: string };

type MountHelp = {
  readonly secrets: BuildSecrets;
  readonly signal: AbortSignal;
  /** What `from` names, undefined for the build context without what is ignored. */
  readonly origin: (from: string | undefined) => Promise<BindOrigin>;
  /** The same as a tree to copy from. */
  readonly tree: (from: string | undefined) => Promise<SourceTree & Disposable>;
};

/** The `--mount` options of a step. Throws `invalid`. */
export function runMountsOf({ mounts, cwd }: RunStep): RunMount[] {
  return mounts.map((text) => parseRunMount(text, cwd));
}

/** Prepares mounts for the time of a step. Throws `not_found` for a required secret, `invalid`. */
export async function openRunMounts(engine: Engine, mounts: readonly RunMount[], help: MountHelp): Promise<RunMounts> {
  using held = new DisposableStack();
  const specs: MountSpec[] = [];
  const env: string[] = [];
  for (const [index, mount] of mounts.entries()) {
    const opened = await openMount(engine, mount, { ...help, held, index });
    specs.push(...opened.specs);
    env.push(...(opened.env ?? []));
  }
  const kept = held.move();
  return { specs, env, [Symbol.dispose]: () => kept.dispose() };
}

type Opening = MountHelp & { readonly held: DisposableStack; readonly index: number };
type Opened = { readonly specs: readonly MountSpec[]; readonly env?: readonly string[] };

async function openMount(engine: Engine, mount: RunMount, opening: Opening): Promise<Opened> {
  switch (mount.type) {
    case "bind":
      return { specs: [bindSpec(mount, await opening.origin(mount.from))] };
    case "cache":
      return { specs: [await cacheSpec(engine, mount, opening)] };
    case "tmpfs": {
      const options = mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`];
      return { specs: [{ type: "tmpfs", target: mount.target, readOnly: mount.readOnly, options }] };
    }
    case "secret":
      return openSecret(engine, mount, opening);
    case "ssh":
      return openSocket(mount, opening);
  }
}

function bindSpec({ target, readOnly, source }: RunMount & { type: "bind" }, origin: BindOrigin): MountSpec {
  const path = source.replace(/^\/+/, "");
  const part = path === "" || path === "." ? {} : { subpath: path };
  // What is written to it is thrown away.
  if ("chainId" in origin)
    return { type: "image", source: "build", chainId: origin.chainId, target, readOnly, ...part };
  const bind = {
    type: "bind",
    source: origin.folder,
    target,
    propagation: "rprivate",
    recursive: true,
    ...part,
  } as const;
  return readOnly ? { ...bind, readOnly } : { ...bind, readOnly: false, overlay: {} };
}

async function cacheSpec(
  engine: Engine,
  mount: RunMount & { type: "cache" },
  { held, signal, tree }: Opening,
): Promise<MountSpec> {
  const { path, isNew, ...folder } = await openCacheMount(engine, mount, signal);
  held.use(folder);
  if (isNew && mount.from !== undefined) {
    using from = await tree(mount.from);
    const source = openInRoot(from.fd, mount.source, constants.O_RDONLY | constants.O_DIRECTORY);
    const target = openRoot(path);
    try {
      copyFolder(source, target);
    } finally {
      closeSync(target);
      closeSync(source);
    }
    chownSync(path, mount.uid, mount.gid);
    chmodSync(path, mount.mode);
  }
  return {
    type: "bind",
    source: path,
    target: mount.target,
    readOnly: mount.readOnly,
    propagation: "rprivate",
    recursive: false,
  };
}

// On a tmpfs, and gone with the step; nothing of it is in the image, the key of the cache or a list of processes.
function openSecret(engine: Engine, mount: RunMount & { type: "secret" }, { secrets, held, index }: Opening): Opened {
  const bytes = readSecret(secrets, mount.id);
  if (bytes === undefined) {
    if (mount.required) throw missingSecret("secret", mount.id);
    return { specs: [] };
  }
  const env = mount.env === undefined ? [] : [`${mount.env}=${Buffer.from(bytes).toString("utf8")}`];
  if (mount.target === undefined) return { specs: [], env };
  const folder = join(engine.paths.runRoot, "secrets");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${index}-${crypto.randomUUID()}`);
  held.defer(() => rmSync(path, { force: true }));
  writeFileSync(path, bytes, { mode: 0o600 });
  chownSync(path, mount.uid, mount.gid);
  chmodSync(path, mount.mode);
  const place = { target: mount.target, readOnly: true, propagation: "rprivate", recursive: false };
  return { specs: [{ type: "bind", source: path, ...place }], env };
}

function openSocket(mount: RunMount & { type: "ssh" }, { secrets, index }: Opening): Opened {
  const socket = secrets.sockets.get(mount.id);
  if (socket === undefined || !existsSync(socket)) {
    if (mount.required || socket !== undefined) throw missingSecret("ssh", mount.id);
    return { specs: [] };
  }
  const target = mount.target ?? `/run/buildkit/ssh_agent.${index}`;
  const place = { target, readOnly: false, propagation: "rprivate", recursive: false };
  return { specs: [{ type: "bind", source: socket, ...place }], env: [`SSH_AUTH_SOCK=${target}`] };
}

/** What of the mounts the result of a step depends on, given the content of what is bound. Secrets count by their ids only. */
export function mountInputs(mounts: readonly RunMount[], contents: readonly (string | undefined)[]): object[] {
  return mounts.map((mount, index) => {
    if (mount.type !== "bind") return mount;
    const { from: _, source: _source, ...rest } = mount;
    return { ...rest, content: contents[index] };
  });
}
