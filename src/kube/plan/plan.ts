import type { PersistentVolumeClaim } from "kubernetes-types/core/v1";
import { SECRET_LABEL } from "../play/labels.ts";
import { describeProblem, inOrder, type Problem, refuseProblems } from "../problem.ts";
import type { KubeFile, ReadObject } from "../schema/objects.ts";
import { claimOf } from "./claims.ts";
import { type PlanContext, type PlanFacts, secretName } from "./context.ts";
import { configMapsOf, secretsOf } from "./data.ts";
import { type PlayOptions, planPod } from "./pod.ts";
import type { KubePlan, PlannedSecret } from "./pod-plan.ts";
import { checkServices, servedBy } from "./services.ts";
import { podsOf } from "./workloads.ts";

/**
 * What a file asks for, with nothing done yet; ConfigMaps may come from further files. Pure. Throws `invalid` with all that is wrong, each
 * with its place.
 */
export function planFile(
  file: KubeFile,
  configMaps: readonly KubeFile[],
  facts: PlanFacts,
  options: PlayOptions,
): KubePlan {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const others = configMaps.flatMap((other) => {
    const theirs: Problem[] = [];
    const found = [...configMapsOf({ file: other, problems: theirs }, other.objects)];
    refuseProblems(theirs);
    return found;
  });
  const own = { file, problems };
  const context: PlanContext = {
    ...own,
    facts,
    configMaps: new Map([...others, ...configMapsOf(own, file.objects)]),
    secrets: secretsOf(own, file.objects),
    made: [],
    warnings,
  };
  const services = file.objects.filter(({ kind }) => kind === "Service");
  const asked = file.objects.flatMap((object) => podsOf(context, object));
  const selectable = asked.map((pod) => ({
    name: pod.name,
    labels: pod.metadata?.labels ?? {},
    containers: pod.spec.containers,
  }));
  checkServices(context, services, selectable);
  const pods = asked.map((pod, index) => {
    const chosen = selectable[index];
    const served = chosen === undefined ? { aliases: [], ports: [] } : servedBy(context, services, chosen, selectable);
    return planPod(context, pod, withAddress(options, index), served);
  });
  const claims = file.objects.flatMap(({ kind, name, value }) =>
    kind === "PersistentVolumeClaim" ? [claimOf(context, name, value as PersistentVolumeClaim)] : [],
  );
  refuseProblems(problems);
  const said = inOrder(warnings).map(describeProblem);
  return { pods, claims, secrets: plannedSecrets(context, file.objects), warnings: [...file.warnings, ...said] };
}

function withAddress(options: PlayOptions, index: number): PlayOptions {
  const [first, ...others] = options.networks;
  const address = options.addresses[index];
  return first === undefined || address === undefined
    ? options
    : { ...options, networks: [{ ...first, ...address }, ...others] };
}

function plannedSecrets({ secrets }: PlanContext, objects: readonly ReadObject[]): PlannedSecret[] {
  return objects.flatMap(({ kind, name }): PlannedSecret[] => {
    if (kind !== "Secret") return [];
    // What is empty cannot be kept as a secret, and is none.
    const entries = [...(secrets.get(name) ?? [])].filter(([, data]) => data.length > 0);
    return entries.map(([key, data]) => ({ name: secretName(name, key), data, labels: { [SECRET_LABEL]: name } }));
  });
}
