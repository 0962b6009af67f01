import { closeSync, openSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { must } from "../errno.ts";
import { IN_USER_NAMESPACE } from "../own-ids.ts";
import { userRunFolder } from "./folder.ts";
import { findHolder } from "./holder.ts";

/** Why the user's network has no way out, where it has none: told to the process that begins anew inside. */
export const NO_NETWORK_VARIABLE = "ESTIBA_ROOTLESS_NO_NETWORK";

const CLONE_NEWNET = 0x40000000;

const place = { entered: false };

/**
 * Has the calling thread stand in the user's own network namespace, where a rootless engine has its bridges and rules; once, and for good:
 * there is no way back to the host's, which is not ours. Nothing happens in any other engine.
 */
export function standInOwnNetwork(): void {
  if (!IN_USER_NAMESPACE || place.entered) return;
  place.entered = true;
  const holder = findHolder(userRunFolder(process.env));
  // In a container whose root is mapped: the network is its own already.
  if (holder === undefined) return;
  const fd = openSync(`/proc/${holder.pid}/ns/net`, "r");
  try {
    must("entering the user's network namespace", "setns", fd, CLONE_NEWNET);
  } finally {
    closeSync(fd);
  }
}

/** Throws `unsupported` where the user's network was found to have no way to the host's, with the reason. */
export function requireWayOut(): void {
  const told = IN_USER_NAMESPACE ? process.env[NO_NETWORK_VARIABLE] : undefined;
  if (told === undefined) return;
  const { what, fix } = JSON.parse(told) as { what: string; fix: string };
  throw new EstibaError("unsupported", { reason: "rootless.no_network", what, fix });
}
