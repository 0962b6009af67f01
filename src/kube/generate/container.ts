import type { Container, EnvVar, Probe, ResourceRequirements, SecurityContext } from "kubernetes-types/core/v1";
import type { ContainerRecord } from "../../state/container.ts";
import type { HealthTest } from "../../state/spec/health.ts";
import { filled, type GenerateContext, ifTrue, kubeName, literal, tellUnsaid } from "./context.ts";
import { secretRef } from "./secrets.ts";
import { unsaidOptions } from "./unsaid.ts";
import { type VolumeTable, volumeMounts } from "./volumes.ts";

const SECOND_MS = 1000;
const PERIOD_US = 100_000;
const SHARES_PER_CPU = 1024;

/** A container as YAML says it: what was asked for, not what its image brings. */
export function containerOf(context: GenerateContext, table: VolumeTable, record: ContainerRecord): Container {
  const { spec } = record;
  tellUnsaid(context, record.name, [
    ...unsaidOptions(spec),
    ...(spec.healthcheck?.test?.[0] === "NONE" ? ["--no-healthcheck"] : []),
    ...(spec.security.unmask.some((path) => path !== "ALL") ? ["--security-opt unmask"] : []),
    ...spec.groupAdd.filter((group) => !/^\d+$/.test(group)).map((group) => `--group-add ${group}`),
  ]);
  const probes = probesOf(record);
  return filled<Container>({
    name: memberName(context, record),
    image: record.imageName === "" ? record.imageId : record.imageName,
    command: spec.entrypoint?.map(literal),
    args: spec.command.map(literal),
    workingDir: spec.workdir,
    env: variablesOf(context, record),
    resources: resourcesOf(record),
    securityContext: securityOf(context, record),
    stdin: ifTrue(spec.interactive),
    tty: ifTrue(spec.tty),
    volumeMounts: volumeMounts(context, table, record),
    restartPolicy: spec.pod?.init === "sidecar" ? "Always" : undefined,
    ...probes,
  });
}

/** The name in its pod: playing puts the pod's before it again. */
function memberName({ source }: GenerateContext, { name }: ContainerRecord): string {
  const prefix = `${source.name}-`;
  return kubeName(name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

function variablesOf(context: GenerateContext, { spec }: ContainerRecord): EnvVar[] {
  const plain = spec.env.map((text): EnvVar => {
    const equals = text.indexOf("=");
    return { name: text.slice(0, equals), value: literal(text.slice(equals + 1)) };
  });
  const secret = (spec.secrets ?? []).flatMap((use): EnvVar[] =>
    use.type === "env" ? [{ name: use.variable, valueFrom: { secretKeyRef: secretRef(context, use) } }] : [],
  );
  return [...plain, ...secret];
}

function resourcesOf({ spec: { resources } }: ContainerRecord): ResourceRequirements {
  const { cpuQuotaUs, cpuPeriodUs = PERIOD_US, cpuShares, memoryBytes, memoryReservationBytes } = resources;
  const cpu = cpuQuotaUs === undefined || cpuQuotaUs <= 0 ? undefined : milli(cpuQuotaUs / cpuPeriodUs);
  const share = cpuShares === undefined ? undefined : milli(cpuShares / SHARES_PER_CPU);
  return filled({
    limits: filled<Record<string, string | undefined>>({ cpu, memory: amount(memoryBytes) }) as Record<string, string>,
    requests: filled<Record<string, string | undefined>>({
      cpu: share,
      memory: amount(memoryReservationBytes),
    }) as Record<string, string>,
  });
}

function milli(cpus: number): string {
  return `${Math.round(cpus * 1000)}m`;
}

function amount(bytes: number | undefined): string | undefined {
  return bytes === undefined || bytes <= 0 ? undefined : String(bytes);
}

const SECCOMP_TYPES: Readonly<Record<string, string>> = { builtin: "RuntimeDefault", unconfined: "Unconfined" };

function securityOf({ warnings }: GenerateContext, { name, spec }: ContainerRecord): SecurityContext {
  const { security, user } = spec;
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  if (user !== undefined && uid === undefined)
    warnings.push(`${name}: the user "${user}" is a name, and Kubernetes YAML takes numbers`);
  const seccomp = SECCOMP_TYPES[security.seccomp];
  if (seccomp === undefined && security.seccomp !== "default")
    warnings.push(`${name}: the seccomp profile ${security.seccomp} is left out`);
  const { apparmor } = security;
  const type = apparmor === "unconfined" ? "Unconfined" : "Localhost";
  return filled<SecurityContext>({
    runAsUser: uid === undefined ? undefined : Number(uid),
    runAsGroup: gid === undefined ? undefined : Number(gid),
    privileged: ifTrue(security.privileged),
    allowPrivilegeEscalation: security.noNewPrivileges ? false : undefined,
    readOnlyRootFilesystem: ifTrue(security.readOnlyRoot),
    capabilities: filled({ add: security.capAdd.map(shortName), drop: security.capDrop.map(shortName) }),
    procMount: security.unmask.includes("ALL") ? "Unmasked" : undefined,
    seccompProfile: seccomp === undefined ? undefined : { type: seccomp },
    appArmorProfile:
      apparmor === undefined ? undefined : { type, ...(type === "Localhost" ? { localhostProfile: apparmor } : {}) },
  });
}

/** Kubernetes puts CAP_ before it. */
function shortName(capability: string): string {
  return capability.replace(/^CAP_/i, "");
}

type Probes = Pick<Container, "livenessProbe" | "readinessProbe" | "startupProbe">;

function probesOf({ spec, healthcheck: check }: ContainerRecord): Probes {
  // That of the image comes with the image.
  if (check === undefined || spec.healthcheck?.test === undefined) return {};
  const probe: Probe = filled({
    ...actionOf(check.test),
    initialDelaySeconds: check.startPeriodMs === 0 ? undefined : seconds(check.startPeriodMs),
    periodSeconds: seconds(check.intervalMs),
    timeoutSeconds: seconds(check.timeoutMs),
    failureThreshold: check.retries,
  });
  const { startup } = check;
  const first = startup && {
    startupProbe: {
      ...actionOf(startup.test),
      periodSeconds: seconds(startup.intervalMs),
      timeoutSeconds: seconds(startup.timeoutMs),
      failureThreshold: Math.max(1, startup.retries),
      successThreshold: Math.max(1, startup.successes),
    },
  };
  const acts = check.onFailure === "restart" || check.onFailure === "kill" || check.onFailure === "stop";
  return { ...(acts ? { livenessProbe: probe } : { readinessProbe: probe }), ...first };
}

function actionOf([kind, ...words]: HealthTest): Probe {
  const [target = ""] = words;
  if (kind === "TCP") {
    const colon = target.lastIndexOf(":");
    return { tcpSocket: filled({ host: target.slice(0, colon), port: Number(target.slice(colon + 1)) }) };
  }
  if (kind !== "HTTP") return { exec: { command: kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words } };
  const [, scheme = "http", host = "", port = "", path = "/"] =
    /^(https?):\/\/(\[[^\]]*\]|[^:/]*):(\d+)(\/.*)$/s.exec(target) ?? [];
  const httpHeaders = words.slice(1).map((header) => {
    const colon = header.indexOf(":");
    return { name: header.slice(0, colon), value: header.slice(colon + 1).trim() };
  });
  return {
    httpGet: filled({
      host,
      port: Number(port),
      path,
      scheme: scheme === "https" ? "HTTPS" : undefined,
      httpHeaders,
    } as {
      port: number;
    }),
  };
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / SECOND_MS));
}
