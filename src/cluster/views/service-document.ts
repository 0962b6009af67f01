import type { ContainerSpec } from "../../state/container.ts";
import { logConfig } from "../../views/docker/create-host-config.ts";
import type { ServiceSummary } from "../door/wire.ts";
import { autoscaleOf } from "../model/autoscale.ts";
import {
  isJob,
  type RestartRule,
  type Service,
  type ServiceMode,
  type ServiceSpec,
  type UpdateRule,
} from "../model/service.ts";
import { containerDocument } from "./container-document.ts";
import { publishedPorts } from "./published-ports.ts";

const NANOS = 1e6;

/** Ids of networks by their names. */
type NetworkIds = ServiceSummary["networks"];

/** The document of `service inspect`, with Docker's fields. */
export function serviceDocument(summary: ServiceSummary): Record<string, unknown> {
  const { service, version, virtual, networks } = summary;
  const { id, createdAt, updatedAt, spec, previous } = service;
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(updatedAt).toISOString(),
    Spec: specDocument(spec, networks),
    ...(previous === undefined ? {} : { PreviousSpec: specDocument(previous.spec, networks) }),
    Endpoint: {
      Spec: endpointDocument(spec),
      Ports: publishedPorts(spec),
      VirtualIPs: virtual.map(({ networkId, address }) => ({ NetworkID: networkId, Addr: address })),
    },
    ...updateDocument(service),
    ...(isJob(spec)
      ? {
          JobStatus: {
            JobIteration: { Index: iterationOf(service) },
            LastExecution: new Date(updatedAt).toISOString(),
          },
        }
      : {}),
    ...scheduleDocument(summary),
    ...scalingDocument(service),
  };
}

function scalingDocument({ scaling, spec }: Service): Record<string, unknown> {
  if (scaling === undefined || autoscaleOf(spec) === undefined) return {};
  const { replicas, state, message, at } = scaling;
  return {
    AutoscaleStatus: { Replicas: replicas, State: state, Message: message, UpdatedAt: new Date(at).toISOString() },
  };
}

function scheduleDocument({ service: { schedule }, nextRun }: ServiceSummary): Record<string, unknown> {
  if (schedule === undefined) return {};
  const { runs, remark } = schedule;
  const timeOf = (at: number): string => new Date(at).toISOString();
  return {
    ScheduleStatus: {
      ...(nextRun === undefined ? {} : { NextRun: timeOf(nextRun) }),
      Runs: runs.map(({ at, state, begunAt, endedAt }) => ({
        DueAt: timeOf(at),
        State: state,
        StartedAt: timeOf(begunAt),
        ...(endedAt === undefined ? {} : { CompletedAt: timeOf(endedAt) }),
      })),
      ...(remark === undefined ? {} : { Message: remark.text }),
    },
  };
}

/** Which run of a job something is of: a number that is the same for one spec, and another for the next. */
export function iterationOf({ specHash }: { readonly specHash: string }): number {
  return Number.parseInt(specHash.slice(0, 8), 16);
}

function specDocument(spec: ServiceSpec, networks: NetworkIds): Record<string, unknown> {
  return {
    Name: spec.name,
    Labels: spec.labels,
    TaskTemplate: taskTemplate(spec, networks),
    Mode: modeDocument(spec.mode),
    // What is done once is not updated.
    ...(isJob(spec) ? {} : { UpdateConfig: ruleDocument(spec.update), RollbackConfig: ruleDocument(spec.rollback) }),
    EndpointSpec: endpointDocument(spec),
  };
}

function endpointDocument(spec: ServiceSpec): Record<string, unknown> {
  return { Mode: spec.endpoint ?? "vip", Ports: publishedPorts(spec) };
}

/** `TaskTemplate` of a service, which is `Spec` of its tasks. */
export function taskTemplate(
  { container, placement, restart, reserve, force, files = [] }: ServiceSpec,
  networkIds: NetworkIds,
): Record<string, unknown> {
  const { constraints, spread, maxPerNode } = placement;
  const log = logConfig(container.log);
  const networks = networksOf(container, networkIds);
  return {
    ContainerSpec: containerDocument(container, files),
    Resources: {
      Limits: limitsOf(container),
      Reservations: { NanoCPUs: reserve.nanoCpus, MemoryBytes: reserve.memoryBytes },
    },
    RestartPolicy: restartDocument(restart),
    Placement: {
      Constraints: constraints,
      Preferences: spread.map((key) => ({ Spread: { SpreadDescriptor: key } })),
      ...(maxPerNode === 0 ? {} : { MaxReplicas: maxPerNode }),
    },
    ...(networks.length === 0 ? {} : { Networks: networks }),
    ...(log === undefined ? {} : { LogDriver: { Name: log.Type, Options: log.Config } }),
    ForceUpdate: force,
    Runtime: "container",
  };
}

// Docker's clients know networks by their ids: what they are to leave is looked for by those. Nodes' own have none that all know.
function networksOf({ network, networks = [] }: ContainerSpec, ids: NetworkIds): object[] {
  if (network !== "bridge") return [{ Target: network }];
  return networks.map(({ network: target, aliases = [] }) => ({ Target: ids[target] ?? target, Aliases: aliases }));
}

function limitsOf({ resources }: ContainerSpec): Record<string, number> {
  const { cpuQuotaUs, cpuPeriodUs = 100_000, memoryBytes, pidsLimit } = resources;
  return {
    ...(cpuQuotaUs === undefined ? {} : { NanoCPUs: Math.round((cpuQuotaUs / cpuPeriodUs) * 1e9) }),
    ...(memoryBytes === undefined ? {} : { MemoryBytes: memoryBytes }),
    ...(pidsLimit === undefined ? {} : { Pids: pidsLimit }),
  };
}

function restartDocument({ condition, delayMs, maxAttempts, windowMs }: RestartRule): Record<string, unknown> {
  return { Condition: condition, Delay: delayMs * NANOS, MaxAttempts: maxAttempts, Window: windowMs * NANOS };
}

function modeDocument(mode: ServiceMode): Record<string, unknown> {
  switch (mode.kind) {
    case "replicated":
      return { Replicated: { Replicas: mode.replicas } };
    case "global":
      return { Global: {} };
    case "replicated-job":
      return { ReplicatedJob: { MaxConcurrent: mode.concurrent, TotalCompletions: mode.total } };
    case "global-job":
      return { GlobalJob: {} };
  }
}

function ruleDocument({ parallelism, delayMs, order, monitorMs, ...rule }: UpdateRule): Record<string, unknown> {
  return {
    Parallelism: parallelism,
    Delay: delayMs * NANOS,
    FailureAction: rule.failureAction,
    Monitor: monitorMs * NANOS,
    MaxFailureRatio: rule.maxFailureRatio,
    Order: order,
    ProgressDeadline: rule.progressMs * NANOS,
  };
}

function updateDocument({ update }: Service): Record<string, unknown> {
  if (update === undefined) return {};
  const { state, startedAt, completedAt, message } = update;
  return {
    UpdateStatus: {
      State: state,
      StartedAt: new Date(startedAt).toISOString(),
      ...(completedAt === undefined ? {} : { CompletedAt: new Date(completedAt).toISOString() }),
      Message: message,
    },
  };
}
