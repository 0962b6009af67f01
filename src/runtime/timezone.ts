import { realpathSync } from "node:fs";
import { join } from "node:path";

const ZONES = "/usr/share/zoneinfo";

/** The host's file for a time zone by its name; `local` is the host's own. A name cannot lead out of the folder of zones. */
export function zonePath(zone: string): string {
  if (zone === "local") return realpathSync("/etc/localtime");
  return join(ZONES, join("/", zone));
}
