import type { ContainerSummary } from "../../engine/list.ts";
import { humanDuration } from "../../lib/duration.ts";

/** What Docker calls what a container is: it knows fewer words. */
export function dockerStatus(status: ContainerSummary["status"]): string {
  if (status === "initialized") return "created";
  return status === "stopping" ? "running" : status;
}

/** `Up 3 minutes (healthy)`, `Exited (7) 2 seconds ago`, as `docker ps` shows it. `now` in milliseconds. */
export function dockerStatusText({ record, status, state, exit }: ContainerSummary, now: number): string {
  const since = (moment: number): string => humanDuration(Math.max(0, now - moment));
  const ended = exit === undefined ? "" : `(${exit.code}) ${since(exit.finishedAt)} ago`;
  switch (dockerStatus(status)) {
    case "running":
      return `Up ${since(state?.startedAt ?? record.createdAt)}${healthText(state?.health?.status)}`;
    case "paused":
      return `Up ${since(state?.startedAt ?? record.createdAt)} (Paused)`;
    case "restarting":
      return `Restarting ${ended}`;
    case "exited":
      return `Exited ${ended}`;
    default:
      return "Created";
  }
}

function healthText(status: string | undefined): string {
  if (status === undefined) return "";
  return status === "starting" ? " (health: starting)" : ` (${status})`;
}
