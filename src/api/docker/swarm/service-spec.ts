import type { NodeClient } from "../../../cluster/door/client.ts";
import type { ServiceSummary } from "../../../cluster/door/wire.ts";
import type { ServiceMode, ServiceSpec, UpdateRule } from "../../../cluster/model/service.ts";
import { USUAL_RULES } from "../../../cluster/model/usual-rules.ts";
import { serviceDocument } from "../../../cluster/views/service-document.ts";
import { randomName } from "../../../engine/random-name.ts";
import { withChanges } from "../../../lib/with-changes.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { PortMapping } from "../../../state/spec/network.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call } from "../../http/call.ts";
import { healthOf } from "../container/create.ts";
import { Fields } from "../fields.ts";
import { filesOf } from "./service-files.ts";
import { networkTexts } from "./service-networks.ts";
import { taskWords } from "./service-words.ts";

const NANOS_IN_MS = 1e6;

/**
 * A service as Docker's clients describe it. What their words cannot say stays as it is in `before`, the service that is changed. Throws 400
 * for what makes no sense, and what options of `create` throw.
 */
export async function serviceSpecOf(
  call: Call,
  ask: NodeClient,
  body: Fields,
  before?: ServiceSummary,
): Promise<ServiceSpec> {
  const template = body.fields("TaskTemplate");
  const old = before?.service.spec;
  const usual = old ?? USUAL_RULES;
  const asked = await containerOf(call, body);
  const files = filesOf(template.fields("ContainerSpec"));
  const shown = before === undefined ? undefined : new Fields(plain(serviceDocument(before))).fields("Spec");
  return {
    name: body.text("Name") ?? old?.name ?? randomName(0),
    labels: body.map("Labels"),
    mode: modeOf(body.fields("Mode")),
    container:
      old === undefined || shown === undefined
        ? asked
        : withChanges(old.container, await containerOf(call, shown), asked),
    placement: { ...usual.placement, ...placementOf(template.fields("Placement")) },
    reserve: reserveOf(template.fields("Resources").fields("Reservations")),
    restart: restartOf(template.fields("RestartPolicy")),
    update: ruleOf(body, "UpdateConfig", usual.update),
    rollback: ruleOf(body, "RollbackConfig", usual.rollback),
    force: template.integer("ForceUpdate") ?? 0,
    ...endpointOf(body.fields("EndpointSpec").text("Mode")),
    ...(files.length === 0 ? {} : { files }),
  };
}

function endpointOf(mode: string | undefined): Pick<ServiceSpec, "endpoint"> {
  if (mode === undefined) return {};
  if (mode === "vip" || mode === "dnsrr") return { endpoint: mode };
  throw badRequest(`EndpointSpec: invalid Mode "${mode}"`);
}

// As a client would have got it.
function plain(document: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

async function containerOf(call: Call, body: Fields): Promise<ContainerSpec> {
  const template = body.fields("TaskTemplate");
  const container = template.fields("ContainerSpec");
  const image = container.text("Image");
  if (image === undefined) throw badRequest("ContainerSpec: image reference must be provided");
  const runtime = template.text("Runtime") ?? "container";
  if (runtime !== "container") throw badRequest(`invalid runtime: "${runtime}": container is the only one`);
  const words = taskWords(template, await networkTexts(call, body));
  const spec = await call.service.specFromWords(words, image, container.texts("Args"));
  const health = healthOf(container.fields("Healthcheck"));
  const entrypoint = container.texts("Command");
  return {
    ...spec,
    env: container.texts("Env"),
    ports: body.fields("EndpointSpec").list("Ports").map(portOf),
    ...(entrypoint.length === 0 ? {} : { entrypoint }),
    ...(health === undefined ? {} : { healthcheck: health }),
  };
}

function portOf(port: Fields): PortMapping {
  const [containerPort, hostPort] = [port.count("TargetPort"), port.count("PublishedPort") ?? 0];
  const protocol = port.text("Protocol") ?? "tcp";
  const mode = port.text("PublishMode") ?? "ingress";
  if (containerPort === undefined) throw badRequest("EndpointSpec.Ports: a port without TargetPort");
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp")
    throw badRequest(`EndpointSpec.Ports: invalid protocol "${protocol}"`);
  if (mode !== "ingress" && mode !== "host") throw badRequest(`EndpointSpec.Ports: invalid PublishMode "${mode}"`);
  const mapping = { hostIp: "", hostPort, containerPort, protocol, range: 1 } as const;
  return mode === "host" ? mapping : { ...mapping, share: { group: "service" } };
}

function modeOf(mode: Fields): ServiceMode {
  const kinds = ["Replicated", "Global", "ReplicatedJob", "GlobalJob"].filter((kind) => mode.has(kind));
  if (kinds.length > 1) throw badRequest("must specify only one service mode");
  switch (kinds[0]) {
    case "Global":
      return { kind: "global" };
    case "GlobalJob":
      return { kind: "global-job" };
    case "ReplicatedJob": {
      const job = mode.fields("ReplicatedJob");
      const concurrent = job.integer("MaxConcurrent") ?? 1;
      return { kind: "replicated-job", total: amount(job, "TotalCompletions") ?? concurrent, concurrent };
    }
    default:
      return { kind: "replicated", replicas: amount(mode.fields("Replicated"), "Replicas") ?? 1 };
  }
}

function amount(fields: Fields, key: string): number | undefined {
  const value = fields.integer(key);
  if (value !== undefined && value < 0) throw badRequest(`invalid ${key}: ${value}`);
  return value;
}

function placementOf(placement: Fields): Pick<ServiceSpec["placement"], "constraints" | "spread" | "maxPerNode"> {
  const spread = placement.list("Preferences").map((preference) => {
    const key = preference.fields("Spread").text("SpreadDescriptor");
    if (key === undefined) throw badRequest("Placement.Preferences: Spread is the only kind");
    return key;
  });
  return { constraints: placement.texts("Constraints"), spread, maxPerNode: amount(placement, "MaxReplicas") ?? 0 };
}

function reserveOf(reservations: Fields): ServiceSpec["reserve"] {
  if (reservations.list("GenericResources").length > 0)
    throw badRequest("Reservations.GenericResources: nodes tell only of processors and memory");
  return {
    nanoCpus: amount(reservations, "NanoCPUs") ?? 0,
    memoryBytes: amount(reservations, "MemoryBytes") ?? 0,
  };
}

const CONDITIONS = ["any", "on-failure", "none"] as const;

function restartOf(policy: Fields): ServiceSpec["restart"] {
  const { restart } = USUAL_RULES;
  const delay = amount(policy, "Delay");
  return {
    condition: choice(policy, "Condition", CONDITIONS) ?? restart.condition,
    delayMs: delay === undefined ? restart.delayMs : delay / NANOS_IN_MS,
    maxAttempts: amount(policy, "MaxAttempts") ?? 0,
    windowMs: (amount(policy, "Window") ?? 0) / NANOS_IN_MS,
  };
}

function ruleOf(body: Fields, key: string, before: UpdateRule): UpdateRule {
  const usual = { ...USUAL_RULES.update, progressMs: before.progressMs };
  if (!body.has(key)) return usual;
  const rule = body.fields(key);
  const monitor = rule.count("Monitor");
  const progress = rule.integer("ProgressDeadline");
  return {
    parallelism: amount(rule, "Parallelism") ?? 0,
    delayMs: (amount(rule, "Delay") ?? 0) / NANOS_IN_MS,
    order: choice(rule, "Order", ["stop-first", "start-first"]) ?? usual.order,
    monitorMs: monitor === undefined ? usual.monitorMs : monitor / NANOS_IN_MS,
    failureAction: choice(rule, "FailureAction", ["pause", "continue", "rollback"]) ?? usual.failureAction,
    maxFailureRatio: ratioOf(rule),
    progressMs: progress === undefined ? usual.progressMs : progress / NANOS_IN_MS,
  };
}

function ratioOf(rule: Fields): number {
  const ratio = rule.decimal("MaxFailureRatio") ?? 0;
  if (ratio < 0 || ratio > 1) throw badRequest(`invalid MaxFailureRatio: ${ratio}: a number from 0 to 1`);
  return ratio;
}

function choice<const T extends string>(fields: Fields, key: string, choices: readonly T[]): T | undefined {
  const text = fields.text(key);
  const found = choices.find((one) => one === text);
  if (text === undefined || found !== undefined) return found;
  throw badRequest(`invalid ${key}: "${text}": ${choices.join(", ")} are known`);
}
