import type { PortMapping } from "../../state/spec/network.ts";
import type { ServiceSummary } from "../door/wire.ts";
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

export function serviceRow(summary: ServiceSummary): ServiceRow {
  const { id, spec } = summary.service;
  return {
    ID: id.slice(0, ID_DIGITS),
    Name: spec.name,
    Mode: spec.mode.kind.replace("-", " "),
    Replicas: replicasText(summary),
    Image: spec.container.image,
    Ports: spec.container.ports.map(portText).join(", "),
  };
}

function replicasText({ service, running, desired, completed }: ServiceSummary): string {
  const { mode, placement } = service.spec;
  const counts = `${running}/${desired}`;
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
