import { resolve } from "node:path";
import { SYSTEM_RUN_ROOT } from "../config/paths.ts";

/** The names that one run root has on the host. They are global to the host, so two roots never share one. */
export type NetworkRoot = {
  readonly runRoot: string;
  /** "" for the default run root, else 8 hex digits. */
  readonly id: string;
  /** The bridge of the default network. */
  readonly bridgeName: string;
  /** The nftables table, family inet. */
  readonly table: string;
};

/** Every bridge of every root starts so; a firewall rule for it matches nothing else. */
export const BRIDGE_PREFIX = "estiba";

/** "" for the default run root /run/estiba, else 8 hex digits of the SHA-256 of the path. */
export function rootId(runRoot: string): string {
  const path = resolve(runRoot);
  return path === SYSTEM_RUN_ROOT ? "" : new Bun.CryptoHasher("sha256").update(path).digest("hex").slice(0, 8);
}

/** Derives all names of a run root. */
export function networkRoot(runRoot: string): NetworkRoot {
  const id = rootId(runRoot);
  return {
    runRoot: resolve(runRoot),
    id,
    bridgeName: id === "" ? `${BRIDGE_PREFIX}0` : `${BRIDGE_PREFIX}-${id}`,
    table: id === "" ? "estiba" : `estiba_${id}`,
  };
}
