import type { Database } from "bun:sqlite";
import { findBinary } from "../config/binary.ts";
import { type ContainersConf, containersConf } from "../config/containers-conf.ts";
import { type Paths, resolvePaths } from "../config/paths.ts";
import { rootId } from "../network/root-id.ts";
import { openLiveDatabase } from "../state/live.ts";
import { openStore } from "../state/store.ts";

/** What every verb of the engine works on. Opening costs nothing; the databases open on first use. */
export type Engine = {
  readonly paths: Paths;
  /** The OCI runtime wanted by `--runtime`, by name or path; undefined for the fastest that works here. */
  readonly runtime: string | undefined;
  /** containers.conf; read on first use. */
  readonly conf: ContainersConf;
  /** What conmon calls when a container ends: the binary, with the options that name this engine's roots. */
  readonly selfCommand: readonly string[];
  /** "" for the default run root, else the 8 hex digits that every host-global name of this engine carries. */
  readonly rootId: string;
  /** This process is a program that has the library: its umask is its own matter, and not what our files and children are to have. */
  readonly isGuest: boolean;
  /** Durable: images, layers, volumes, networks, definitions. */
  readonly store: Database;
  /** Volatile: states, pids, leases. */
  readonly live: Database;
};

type EngineOptions = {
  root?: string | undefined;
  runRoot?: string | undefined;
  runtime?: string | undefined;
  binary?: string | undefined;
  isGuest?: boolean;
  /** The exit hook reads a newer schema rather than leave a container's remains. */
  acceptNewer?: boolean;
};

/** Opens the engine of one root and run root. Throws nothing by itself; the databases throw when first used. */
export function openEngine(options: EngineOptions = {}): Engine {
  const paths = resolvePaths({ ...options, environment: process.env, uid: process.getuid?.() ?? 0 });
  const opened: { store?: Database; live?: Database } = {};
  const acceptNewer = options.acceptNewer ?? false;
  return {
    paths,
    runtime: options.runtime,
    isGuest: options.isGuest ?? false,
    get rootId(): string {
      return rootId(paths.runRoot);
    },
    get conf(): ContainersConf {
      return containersConf(process.env);
    },
    get selfCommand(): readonly string[] {
      return [findBinary(options.binary), "--root", paths.root, "--runroot", paths.runRoot];
    },
    get store(): Database {
      opened.store ??= openStore(paths, acceptNewer);
      return opened.store;
    },
    get live(): Database {
      opened.live ??= openLiveDatabase(paths, acceptNewer);
      return opened.live;
    },
  };
}
