import type { ContainerSummary } from "../../engine/list.ts";
import { livingMonitor } from "../../engine/status.ts";
import { goTime } from "../../lib/go-template/time.ts";
import type { InspectFacts } from "../container-inspect.ts";
import { inspectHealth } from "../inspect-health.ts";

/** Whether the container's command runs, as a person sees it. */
export function isUp(status: ContainerSummary["status"]): boolean {
  return status === "running" || status === "paused" || status === "stopping";
}

/** `State` of inspect. */
export function inspectState(listed: ContainerSummary, { cgroupPath }: InspectFacts): Record<string, unknown> {
  const { status, state, exit } = listed;
  const running = isUp(status);
  const alive = running || status === "initialized";
  return {
    OciVersion: "1.0.2",
    Status: status,
    Running: running,
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: exit?.oomKilled ?? false,
    Dead: false,
    Pid: alive ? (state?.init?.pid ?? 0) : 0,
    ConmonPid: livingMonitor(listed),
    ExitCode: exit?.code ?? 0,
    Error: exit?.error ?? "",
    StartedAt: goTime(state?.startedAt ?? exit?.startedAt),
    FinishedAt: goTime(exit?.finishedAt),
    // Not in JSON where there is no check; a template may ask for it.
    Health: undefined,
    ...inspectHealth(state),
    CgroupPath: alive ? cgroupPath : "",
    CheckpointedAt: goTime(undefined),
    RestoredAt: goTime(undefined),
  };
}
