import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";

/** The default roots of the superuser; another user's lie in the XDG folders. */
const SYSTEM_ROOT = "/var/lib/estiba";
export const SYSTEM_RUN_ROOT = "/run/estiba";

/** Where everything of one engine lies. `root` survives a reboot, `runRoot` does not; both are absolute. */
export type Paths = {
  readonly root: string;
  readonly runRoot: string;
  /** The durable database. */
  readonly store: string;
  /** Holds the id of the durable database that the folders beside it belong to. */
  readonly storeId: string;
  /** Room that only commands that free some may take. */
  readonly reserve: string;
  readonly liveReserve: string;
  /** The volatile database. */
  readonly live: string;
  /** The append-only event log, JSON lines. */
  readonly events: string;
  /** Blobs by digest: `<blobs>/sha256/<hex>`. */
  readonly blobs: string;
  /** Committed layers, one folder each. */
  readonly layers: string;
  /** Snapshots and logs of containers, one folder each, by id. */
  readonly containers: string;
  readonly volumes: string;
  /** The data of secrets, one file each, by id. */
  readonly secrets: string;
  /** Things in the making; on the same file system as what they become. */
  readonly temporary: string;
  /** Guards the records of images and layers against each other; in the root, since run roots may share it. */
  readonly imageLock: string;
  /** Compiled seccomp filters and other things that can be made again. */
  readonly cache: string;
  /** Bundles, sockets and pid files of running containers, one folder each, by id. */
  readonly bundles: string;
  /** Exit files of conmon, by container id. */
  readonly exits: string;
  readonly locks: string;
  /** The lock, the pid and the bell of the watcher. */
  readonly watcher: string;
  /** What the resolver of names works on. */
  readonly names: string;
  /** Who this node of a cluster is, and the cluster's state where it is kept here. */
  readonly cluster: string;
  /** The lock, the pid and the socket of this node's process. */
  readonly node: string;
};

type PathOptions = {
  root?: string | undefined;
  runRoot?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  uid: number;
};

/**
 * The paths by option, then ESTIBA_ROOT and ESTIBA_RUNROOT, then the user's default. Nothing is made on disk. Throws `invalid` for a root
 * with a colon.
 */
export function resolvePaths(options: PathOptions): Paths {
  const root = absolute(options.root ?? options.environment["ESTIBA_ROOT"] ?? defaultRoot(options));
  const runRoot = absolute(options.runRoot ?? options.environment["ESTIBA_RUNROOT"] ?? defaultRunRoot(options));
  if (root.includes(":")) throw colonInRoot(root);
  return {
    root,
    runRoot,
    store: join(root, "estiba.db"),
    storeId: join(root, "store-id"),
    reserve: join(root, "reserve"),
    liveReserve: join(runRoot, "reserve"),
    live: join(runRoot, "live.db"),
    events: join(runRoot, "events", "events.jsonl"),
    blobs: join(root, "blobs"),
    layers: join(root, "layers"),
    containers: join(root, "containers"),
    volumes: join(root, "volumes"),
    secrets: join(root, "secrets"),
    temporary: join(root, "tmp"),
    imageLock: join(root, "images.lock"),
    cache: join(root, "cache"),
    bundles: join(runRoot, "containers"),
    exits: join(runRoot, "exits"),
    locks: join(runRoot, "locks"),
    watcher: join(runRoot, "watcher"),
    names: join(runRoot, "names"),
    cluster: join(root, "cluster"),
    node: join(runRoot, "cluster"),
  };
}

/** Whether they are those of the superuser where nobody has said anything: what the units for systemd are about. */
export function isUsual({ root, runRoot }: Pick<Paths, "root" | "runRoot">): boolean {
  return root === SYSTEM_ROOT && runRoot === SYSTEM_RUN_ROOT;
}

// conmon takes what stands before a colon in the path of a log for the kind of log.
function colonInRoot(root: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "config.colon_in_root",
    what: `the root "${root}" has a colon in its path, which conmon cannot write logs to`,
    fix: "choose a folder without a colon: --root DIR",
  });
}

function absolute(path: string): string {
  return join(path.startsWith("/") ? "/" : process.cwd(), path);
}

function defaultRoot({ environment, uid }: PathOptions): string {
  if (uid === 0) return SYSTEM_ROOT;
  const data = environment["XDG_DATA_HOME"] ?? join(environment["HOME"] ?? "/nonexistent", ".local/share");
  return join(data, "estiba");
}

function defaultRunRoot({ environment, uid }: PathOptions): string {
  if (uid === 0) return SYSTEM_RUN_ROOT;
  return join(environment["XDG_RUNTIME_DIR"] ?? `/tmp/estiba-run-${uid}`, "estiba");
}
