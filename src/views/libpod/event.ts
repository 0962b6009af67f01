import type { EventRecord } from "../../state/events.ts";
import { eventRow } from "../event.ts";
import { unixNanos } from "../go-time.ts";

/** What clients of version 4 know; at the sight of another word they fall over. */
const TYPES_OF_4: ReadonlySet<string> = new Set(["container", "image", "network", "pod", "system", "volume"]);
const ACTIONS_OF_4: ReadonlySet<string> = new Set([
  "attach",
  "auto-update",
  "build",
  "checkpoint",
  "cleanup",
  "commit",
  "connect",
  "create",
  "died",
  "disconnect",
  "exec",
  "exec_died",
  "export",
  "health_status",
  "import",
  "init",
  "kill",
  "loadfromarchive",
  "mount",
  "pause",
  "prune",
  "pull",
  "push",
  "refresh",
  "remove",
  "rename",
  "renumber",
  "restart",
  "restore",
  "save",
  "start",
  "stop",
  "sync",
  "tag",
  "unmount",
  "unpause",
  "untag",
]);

/** An event in Docker's form with Podman's words, as its clients of this major version read it; undefined for what they cannot. Pure. */
export function libpodEvent(event: EventRecord, podman: number): Record<string, unknown> | undefined {
  const row = eventRow(event);
  const type = event.type === "exec" ? "container" : event.type;
  const action = event.action.toLowerCase();
  if (podman < 5 && !(TYPES_OF_4.has(type) && ACTIONS_OF_4.has(action))) return undefined;
  const code = row.ContainerExitCode ?? (podman < 5 ? 0 : undefined);
  return {
    status: action,
    id: event.id,
    from: row.Image,
    Type: type,
    Action: action,
    Actor: {
      ID: event.id,
      Attributes: {
        ...row.Attributes,
        image: row.Image,
        name: row.Name,
        ...(code === undefined ? {} : { containerExitCode: String(code) }),
        ...(row.PodID === "" ? {} : { podId: row.PodID }),
        ...(row.Network === "" ? {} : { network: row.Network }),
      },
    },
    scope: "local",
    time: row.Time,
    timeNano: Number(unixNanos(event.time)),
    ...(row.HealthStatus === "" ? {} : { HealthStatus: row.HealthStatus }),
  };
}
