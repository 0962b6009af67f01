import type { Container, PodSpec } from "kubernetes-types/core/v1";
import { plainSpec } from "../../engine/plain-spec.ts";
import { parseReference } from "../../oci/reference.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { LogSpec } from "../../state/spec/log.ts";
import type { RestartPolicy } from "../../state/spec/restart.ts";
import { type PlanContext, parsed, reject } from "./context.ts";
import { type Environment, environmentOf, refuseSecret, secretVariables } from "./env.ts";
import { expand } from "./expand.ts";
import type { PodFacts } from "./fields.ts";
import { mountsOf } from "./mounts.ts";
import type { ContainerPlan } from "./pod-plan.ts";
import { healthOf } from "./probes.ts";
import { resourcesOf } from "./resources.ts";
import { securityOf } from "./security.ts";
import type { PodVolume } from "./volumes.ts";

/** What the containers of a pod have in common. */
export type PodParts = {
  readonly facts: PodFacts;
  readonly spec: PodSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: ReadonlyMap<string, PodVolume>;
  readonly restart: RestartPolicy;
  readonly log: LogSpec;
  /** A Job's own deadline, where it has one. */
  readonly deadlineSeconds: number | undefined;
};

const PULL = { Always: "always", IfNotPresent: "missing", Never: "never" } as const;
const STOP_SECONDS = 10;

/** A container of a pod. An init container that is no sidecar runs once, and its probes are mistakes. */
export function planContainer(
  context: PlanContext,
  parts: PodParts,
  container: Container,
  init: ContainerPlan["init"],
): ContainerPlan {
  const { facts, spec } = parts;
  const restart = restartOf(parts.restart, init);
  const environment = environmentOf(context, facts, container);
  const own = securityOf(context, spec.securityContext, container.securityContext);
  const { mounts, secrets, devices } = mountsOf(context, parts.volumes, container, { environment, owner: own.owner });
  const uses = [...secretVariables(environment), ...secrets];
  const probes = (["livenessProbe", "readinessProbe", "startupProbe"] as const).filter(
    (key) => container[key] !== undefined,
  );
  if (init === "always")
    for (const key of probes) reject(context, [container, key], "an init container has no probes", "take it out");
  const health = init === "always" ? undefined : healthOf(context, container, restart.name !== "no");
  const deadline = spec.activeDeadlineSeconds ?? parts.deadlineSeconds;
  const { image = "" } = container;
  parsed(context, [container, "image"], () => parseReference(image));
  const plan: ContainerSpec = plainSpec({
    image,
    name: `${facts.name}-${container.name}`,
    ...commandOf(context, container, environment),
    env: [...environment.plain].map(([name, value]) => `${name}=${value}`),
    ...(container.workingDir === undefined ? {} : { workdir: container.workingDir }),
    ...(own.user === undefined ? {} : { user: own.user }),
    groupAdd: own.groupAdd,
    labels: parts.labels,
    annotations: parts.annotations,
    tty: container.tty === true,
    interactive: container.stdin === true,
    stopTimeout: spec.terminationGracePeriodSeconds ?? STOP_SECONDS,
    mounts,
    devices,
    resources: resourcesOf(context, container.resources),
    security: own.security,
    log: parts.log,
    ...(uses.length === 0 ? {} : { secrets: uses }),
    ...(deadline === undefined ? {} : { process: { timeoutSeconds: deadline } }),
    ...(restart.name === "no" ? {} : { restart }),
    ...(health === undefined ? {} : { healthcheck: health }),
  });
  return {
    spec: plan,
    pull: pullPolicy(container),
    nonRoot: own.nonRoot,
    group: own.group,
    init,
  };
}

function restartOf(ofPod: RestartPolicy, init: ContainerPlan["init"]): RestartPolicy {
  if (init === "always") return { name: "no" };
  // A pod that ends stops its sidecars, which a boot is not to start again.
  return init === "sidecar" && ofPod.name !== "always" ? { name: "unless-stopped" } : ofPod;
}

function commandOf(
  context: PlanContext,
  container: Container,
  { plain, secret }: Environment,
): Pick<ContainerSpec, "command" | "entrypoint"> {
  const words = (key: "command" | "args"): string[] =>
    (container[key] ?? []).map((word, index) => {
      refuseSecret(context, [container[key] ?? container, String(index)], word, secret);
      return expand(word, plain);
    });
  const [command, args] = [words("command"), words("args")];
  return { command: args, ...(command.length === 0 ? {} : { entrypoint: command }) };
}

function pullPolicy({ image = "", imagePullPolicy }: Container): ContainerPlan["pull"] {
  if (imagePullPolicy !== undefined) return PULL[imagePullPolicy as keyof typeof PULL];
  // Podman: an image without a tag, or with latest, is asked for again, and its registry need not answer.
  const name = image.split("/").at(-1) ?? "";
  return name.includes("@") || (name.includes(":") && !name.endsWith(":latest")) ? "missing" : "newer";
}
