import type { PortMapping } from "../../state/spec/network.ts";
import type { ServiceSummary } from "../door/wire.ts";
import { modeName } from "../model/schedule.ts";
import type { ServiceMode } from "../model/service.ts";

/** A row of `service ls`, with Docker's fields. */
type ServiceRow = {
  readonly ID: string;
  readonly Name: string;
  readonly Mode: string;
  readonly Replicas: string;
  readonly Image: string;
  readonly Ports: string;
};

const ID_DIGITS = 12;

/** `2026-11-26T03:00Z`: a time to the minute, as schedules go. */
export function minuteOf(at: number): string {
  return new Date(at).toISOString().replace(/:\d\d\.\d{3}Z$/, "Z");
}

export function serviceRow(summary: ServiceSummary): ServiceRow {
  const { id, spec } = summary.service;
  return {
    ID: id.slice(0, ID_DIGITS),
    Name: spec.name,
    Mode: modeName(spec).replace("-", " "),
    Replicas: replicasText(summary),
    Image: spec.container.image,
    Ports: spec.container.ports.map(portText).join(", "),
  };
}

function replicasText({ service, running, desired, completed, nextRun }: ServiceSummary): string {
  const { mode, placement } = service.spec;
  // Of a job on all nodes, as Docker shows it: those that are still to be done.
  const open = mode.kind === "global-job" ? Math.max(0, desired - completed) : desired;
  const counts = `${running}/${open}`;
  if (modeName(service.spec) === "scheduled")
    return `${counts} (${nextRun === undefined ? "no next run" : `next run ${minuteOf(nextRun)}`})`;
  if (isCounted(mode))
    return `${counts} (${completed}/${mode.kind === "replicated-job" ? mode.total : desired} completed)`;
  return placement.maxPerNode > 0 ? `${counts} (max ${placement.maxPerNode} per node)` : counts;
}

function isCounted({ kind }: ServiceMode): boolean {
  return kind === "replicated-job" || kind === "global-job";
}

/** `*:8080->80/tcp`, as Docker shows a port that every node has. */
function portText({ hostIp, hostPort, containerPort, protocol, range }: PortMapping): string {
  const span = (port: number): string => (range > 1 ? `${port}-${port + range - 1}` : String(port));
  return `${hostIp === "" ? "*" : hostIp}:${span(hostPort)}->${span(containerPort)}/${protocol}`;
}
