import type { Deploy } from "../../compose/deploy.ts";
import type { Loaded } from "../../compose/load.ts";
import { imageOf, type Naming, replicasOf } from "../../compose/plan/names.ts";
import type { Service } from "../../compose/service.ts";
import { containerSpecOf } from "../../compose/spec/container-spec.ts";
import { refuseAttribute, type SpecContext } from "../../compose/spec/context.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { FileUse } from "../model/file.ts";
import { SCHEDULE_LABELS } from "../model/schedule.ts";
import type { RestartRule, ServiceMode, ServiceSpec, UpdateRule } from "../model/service.ts";
import { USUAL_RULES } from "../model/usual-rules.ts";
import { isAwaitedToEnd } from "./dependencies.ts";
import { STACK_LABELS, serviceName } from "./names.ts";

/**
 * A service of a Compose file as the cluster runs it, with all of `deploy:`. `files`: its secrets and configs, which are in the cluster by
 * now. Throws `unsupported` naming attribute and place.
 */
export function stackService(loaded: Loaded, name: string, files: readonly FileUse[]): ServiceSpec {
  const { project } = loaded;
  const service = project.services[name] ?? {};
  const { deploy = {} } = service as Service;
  const naming: Naming = { project: project.name, separator: "_" };
  const context: SpecContext = { loaded, naming, name, service: service as Service };
  const image = imageFor(context);
  return {
    name: serviceName(project.name, name),
    labels: {
      ...scheduleLabels(service as Service),
      ...deploy?.labels,
      [STACK_LABELS.stack]: project.name,
      [STACK_LABELS.image]: image,
    },
    mode: modeOf(context, deploy ?? {}),
    container: containerOf(context, image),
    placement: placementOf(deploy ?? {}),
    reserve: reserveOf(deploy ?? {}),
    restart: restartOf(context),
    update: ruleOf(deploy?.update_config),
    rollback: ruleOf(deploy?.rollback_config),
    force: 0,
    ...(deploy?.endpoint_mode === "vip" || deploy?.endpoint_mode === "dnsrr" ? { endpoint: deploy.endpoint_mode } : {}),
    ...(files.length === 0 ? {} : { files }),
  };
}

function imageFor(context: SpecContext): string {
  if (context.service.image !== undefined) return imageOf(context.naming, context.name, context.service);
  throw refuseAttribute(context, {
    path: ["image"],
    why: "it is missing: nodes pull what they run",
    fix: "build it, push it to a registry that the nodes reach, and name it here",
  });
}

function containerOf(context: SpecContext, image: string): ContainerSpec {
  const { service, name, loaded } = context;
  // The cluster brings secrets and configs itself, and starts tasks again by rules of its own.
  const {
    secrets: _secrets,
    configs: _configs,
    restart: _restart,
    "x-estiba": _own,
    container_name: _name,
    ...kept
  } = service;
  const services = { ...loaded.project.services, [name]: withoutRestart(kept) };
  const spec = containerSpecOf(
    { ...context, loaded: { ...loaded, project: { ...loaded.project, services } } },
    {
      name,
      number: 1,
      oneOff: false,
      hash: "",
      imageId: undefined,
      inherited: new Set(),
    },
  );
  const { name: _containerName, restart: _policy, ...container } = spec;
  return {
    ...container,
    image,
    labels: { ...service.labels, [STACK_LABELS.stack]: loaded.project.name },
    ports: container.ports.map((mapping, index) => portOf(context, mapping, index)),
  };
}

function withoutRestart({ deploy, ...service }: Service): Service {
  if (deploy === undefined || deploy === null) return service;
  const { restart_policy: _, ...kept } = deploy;
  return { ...service, deploy: kept };
}

function portOf(
  context: SpecContext,
  mapping: ContainerSpec["ports"][number],
  index: number,
): ContainerSpec["ports"][number] {
  if (mapping.among !== undefined)
    throw refuseAttribute(context, { path: ["ports"], why: "one port out of a range cannot be chosen for all nodes" });
  if (context.service.ports?.[index]?.mode === "host") return mapping;
  return { ...mapping, share: { group: "service" } };
}

function modeOf(context: SpecContext, { mode = impliedMode(context) }: Deploy): ServiceMode {
  const { service } = context;
  const replicas = replicasOf(service);
  if (runsOnce(context) && !mode.endsWith("-job"))
    throw refuseAttribute(context, {
      path: ["deploy", "mode"],
      why: "it is to run to its end, for others or by its schedule, and its tasks are not to end",
      fix: "write mode: replicated-job, or leave it out",
    });
  switch (mode) {
    case "global":
    case "global-job":
      if (service.scale !== undefined || service.deploy?.replicas !== undefined)
        throw refuseAttribute(context, {
          path: ["deploy", "replicas"],
          why: `nodes give the number with mode: ${mode}`,
        });
      return { kind: mode };
    case "replicated-job":
      return { kind: mode, total: replicas, concurrent: Math.max(replicas, 1) };
    default:
      return { kind: "replicated", replicas };
  }
}

function impliedMode(context: SpecContext): "replicated" | "replicated-job" {
  return runsOnce(context) ? "replicated-job" : "replicated";
}

/** What others wait for, and what has a schedule, runs to its end, as on one machine. */
function runsOnce({ loaded, name, service }: SpecContext): boolean {
  return isAwaitedToEnd(loaded, name) || service["x-estiba"]?.schedule !== undefined;
}

/** A time that has passed without a manager is left out after so long; or made up for, whenever one is there again. */
const MISSED = { skip: "1m", run: "8760h" } as const;

function scheduleLabels({ "x-estiba": own }: Service): Record<string, string> {
  if (own?.schedule === undefined) return {};
  const { cron, timezone, missed = "skip" } = own.schedule;
  return {
    [SCHEDULE_LABELS.cron]: cron,
    ...(timezone === undefined ? {} : { [SCHEDULE_LABELS.timezone]: timezone }),
    [SCHEDULE_LABELS.deadline]: MISSED[missed],
  };
}

function placementOf({ placement = {} }: Deploy): ServiceSpec["placement"] {
  return {
    ...USUAL_RULES.placement,
    constraints: [...(placement.constraints ?? [])],
    spread: (placement.preferences ?? []).flatMap(({ spread }) => spread ?? []),
    maxPerNode: placement.max_replicas_per_node ?? 0,
  };
}

function reserveOf({ resources }: Deploy): ServiceSpec["reserve"] {
  const { cpus = 0, memory = 0 } = resources?.reservations ?? {};
  return { nanoCpus: Math.round(cpus * 1e9), memoryBytes: memory };
}

function restartOf(context: SpecContext): RestartRule {
  const { service } = context;
  const usual = USUAL_RULES.restart;
  const policy = service.deploy?.restart_policy;
  if (policy !== undefined)
    return {
      condition: (policy.condition as RestartRule["condition"] | undefined) ?? usual.condition,
      delayMs: policy.delay ?? usual.delayMs,
      maxAttempts: policy.max_attempts ?? 0,
      windowMs: policy.window ?? 0,
    };
  const [word = "", most = "0"] = (service.restart ?? "").split(":");
  const impliesNone = word === "" && service.deploy?.mode === undefined && runsOnce(context);
  if (word === "no" || impliesNone) return { ...usual, condition: "none" };
  if (word === "on-failure") return { ...usual, condition: "on-failure", maxAttempts: Number(most) };
  return usual;
}

function ruleOf(rule: Deploy["update_config"]): UpdateRule {
  const usual = USUAL_RULES.update;
  return {
    parallelism: rule?.parallelism ?? usual.parallelism,
    delayMs: rule?.delay ?? usual.delayMs,
    order: rule?.order ?? usual.order,
    monitorMs: rule?.monitor ?? usual.monitorMs,
    failureAction: (rule?.failure_action as UpdateRule["failureAction"] | undefined) ?? usual.failureAction,
    maxFailureRatio: rule?.max_failure_ratio ?? usual.maxFailureRatio,
    progressMs: usual.progressMs,
  };
}
