import type { ContainerSpec } from "../../state/container.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { ServiceSummary } from "../door/wire.ts";
import type { RestartRule, Service, ServiceMode, ServiceSpec, UpdateRule } from "../model/service.ts";

const NANOS = 1e6;

/** The document of `service inspect`, with Docker's fields. */
export function serviceDocument({ service, version }: ServiceSummary): Record<string, unknown> {
  const { id, createdAt, updatedAt, spec, previous } = service;
  return {
    ID: id,
    Version: { Index: version },
    CreatedAt: new Date(createdAt).toISOString(),
    UpdatedAt: new Date(updatedAt).toISOString(),
    Spec: specDocument(spec),
    ...(previous === undefined ? {} : { PreviousSpec: specDocument(previous.spec) }),
    Endpoint: { Spec: { Ports: portsOf(spec) }, Ports: portsOf(spec) },
    ...updateDocument(service),
  };
}

function specDocument(spec: ServiceSpec): Record<string, unknown> {
  const { name, labels, container, placement, restart, reserve, force } = spec;
  const { constraints, spread, maxPerNode } = placement;
  return {
    Name: name,
    Labels: labels,
    TaskTemplate: {
      ContainerSpec: containerDocument(container),
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
      Networks: (container.networks ?? []).map(({ network, aliases = [] }) => ({ Target: network, Aliases: aliases })),
      ForceUpdate: force,
      Runtime: "container",
    },
    Mode: modeDocument(spec.mode),
    UpdateConfig: ruleDocument(spec.update),
    RollbackConfig: ruleDocument(spec.rollback),
    EndpointSpec: { Mode: "dnsrr", Ports: portsOf(spec) },
  };
}

function containerDocument(container: ContainerSpec): Record<string, unknown> {
  const { image, command, entrypoint, env, labels, hostname, user, workdir, groupAdd, tty, mounts } = container;
  return {
    Image: image,
    Labels: labels,
    ...(entrypoint === undefined ? {} : { Command: entrypoint }),
    Args: command,
    Hostname: hostname ?? "",
    Env: env,
    Dir: workdir ?? "",
    User: user ?? "",
    Groups: groupAdd,
    TTY: tty,
    ReadOnly: container.security.readOnlyRoot,
    Privileged: container.security.privileged,
    CapabilityAdd: container.security.capAdd,
    CapabilityDrop: container.security.capDrop,
    Mounts: mounts.map((mount) => ({
      Type: mount.type,
      ...("source" in mount ? { Source: mount.source } : {}),
      Target: mount.target,
    })),
    StopSignal: container.stopSignal ?? "",
    StopGracePeriod: container.stopTimeout * 1e9,
    Hosts: container.addHosts,
    DNSConfig: { Nameservers: container.dns, Search: container.dnsSearch, Options: container.dnsOptions },
    Sysctls: container.sysctls,
  };
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

function portsOf({ container }: ServiceSpec): Record<string, unknown>[] {
  return container.ports.map(({ protocol, containerPort, hostPort, share }: PortMapping) => ({
    Protocol: protocol,
    TargetPort: containerPort,
    PublishedPort: hostPort,
    PublishMode: share === undefined ? "host" : "ingress",
  }));
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
