import { canMakeCgroups } from "../host/cgroup-mode.ts";
import { EstibaError } from "../lib/error.ts";

/** Throws `unsupported` where containers have no cgroups of their own, as those of a rootless engine on a host that keeps its cgroups. */
export function requireCgroups(what: string): void {
  if (canMakeCgroups()) return;
  throw new EstibaError("unsupported", {
    reason: "container.no_cgroup",
    what: `${what} needs cgroups, which this host does not give to rootless containers`,
    fix: "run the container as root: sudo estiba",
  });
}
