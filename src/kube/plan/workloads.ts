import type { DaemonSet, Deployment } from "kubernetes-types/apps/v1";
import type { Job } from "kubernetes-types/batch/v1";
import type { Container, Pod, PodSpec } from "kubernetes-types/core/v1";
import type { ObjectMeta } from "kubernetes-types/meta/v1";
import type { RestartPolicy } from "../../state/spec/restart.ts";
import type { ReadObject } from "../schema/objects.ts";
import { type PlanContext, reject, warn } from "./context.ts";

/** A pod that a file asks for, by itself or through a workload. */
export type AskedPod = {
  readonly name: string;
  readonly metadata: ObjectMeta | undefined;
  readonly spec: PodSpec;
  readonly restart: RestartPolicy;
  readonly deadlineSeconds: number | undefined;
  readonly start: boolean;
};

const JOB_RESTARTS = 6;

/** The pods of an object; none for what is no pod and no workload. */
export function podsOf(context: PlanContext, { kind, name, value }: ReadObject): AskedPod[] {
  switch (kind) {
    case "Pod": {
      const { metadata, spec } = value as Pod;
      if (spec === undefined) return [];
      warnDeadline(context, spec, spec);
      return [asked({ name, metadata, spec, restart: restartOf(spec) })];
    }
    case "Deployment":
      return deploymentPods(context, name, value as Deployment);
    case "DaemonSet": {
      const daemonSet = value as DaemonSet;
      checkSelector(context, daemonSet.spec);
      const made = templateOf(daemonSet);
      if (made === undefined) return [];
      checkAlways(context, made.spec);
      return [asked({ name: `${name}-pod`, ...made, restart: { name: "always" } })];
    }
    case "Job":
      return jobPods(context, name, value as Job);
    default:
      return [];
  }
}

type Given = Pick<AskedPod, "name" | "metadata" | "spec" | "restart"> & Partial<AskedPod>;

function asked(given: Given): AskedPod {
  return { deadlineSeconds: undefined, start: true, ...given };
}

/** What a pod's restartPolicy is with us. */
function restartOf({ restartPolicy = "Always" }: PodSpec, maxRetries?: number): RestartPolicy {
  if (restartPolicy === "Always") return { name: "always" };
  if (restartPolicy === "Never") return { name: "no" };
  return maxRetries === undefined ? { name: "on-failure" } : { name: "on-failure", maxRetries };
}

function warnDeadline(
  context: PlanContext,
  owner: { readonly activeDeadlineSeconds?: number },
  { restartPolicy }: PodSpec,
): void {
  if (owner.activeDeadlineSeconds !== undefined && restartPolicy !== "Never")
    warn(
      context,
      [owner, "activeDeadlineSeconds"],
      "activeDeadlineSeconds counts anew each time that a container is started again; with restartPolicy: Never none is",
    );
}

function deploymentPods(context: PlanContext, name: string, deployment: Deployment): AskedPod[] {
  const { spec } = deployment;
  checkSelector(context, spec);
  const made = templateOf(deployment);
  if (made === undefined) return [];
  checkAlways(context, made.spec);
  const replicas = spec?.replicas ?? 1;
  const [fixed] = made.spec.containers.flatMap(({ ports = [] }: Container) =>
    ports.filter(({ hostPort = 0 }) => hostPort !== 0),
  );
  if (replicas > 1 && fixed !== undefined)
    reject(
      context,
      [fixed, "hostPort"],
      "a hostPort leads to one pod only, and there are replicas",
      "set replicas: 1, or publish it by a Service of type NodePort",
    );
  const names =
    replicas === 1 ? [`${name}-pod`] : Array.from({ length: replicas }, (_, index) => `${name}-pod-${index + 1}`);
  return names.map((pod) => asked({ name: pod, ...made, restart: { name: "always" } }));
}

function jobPods(context: PlanContext, name: string, job: Job): AskedPod[] {
  const { spec } = job;
  const made = templateOf(job);
  if (made === undefined || spec === undefined) return [];
  const { restartPolicy } = made.spec;
  if (restartPolicy !== "Never" && restartPolicy !== "OnFailure")
    reject(
      context,
      [made.spec, "restartPolicy"],
      "the restartPolicy of a Job must be Never or OnFailure",
      "add restartPolicy: Never",
    );
  warnDeadline(context, spec, made.spec);
  warnDeadline(context, made.spec, made.spec);
  return [
    asked({
      name: `${name}-pod`,
      ...made,
      restart: restartOf(made.spec, spec.backoffLimit ?? JOB_RESTARTS),
      deadlineSeconds: spec.activeDeadlineSeconds,
      start: spec.suspend !== true,
    }),
  ];
}

type Template = { readonly metadata?: ObjectMeta; readonly spec?: PodSpec };
type Workload = { readonly metadata?: ObjectMeta; readonly spec?: { readonly template?: Template } };

/** What the pods of a workload are made by; they are in its namespace. */
function templateOf({ metadata, spec }: Workload): { metadata: ObjectMeta; spec: PodSpec } | undefined {
  const { template } = spec ?? {};
  const { namespace } = metadata ?? {};
  if (template?.spec === undefined) return undefined;
  return { metadata: { ...template.metadata, ...(namespace === undefined ? {} : { namespace }) }, spec: template.spec };
}

type WithSelector = {
  readonly template?: Template;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
};

function checkSelector(context: PlanContext, spec: WithSelector | undefined): void {
  const { matchLabels = {} } = spec?.selector ?? {};
  const labels = spec?.template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(matchLabels))
    if (labels[key] !== value)
      reject(
        context,
        [matchLabels, key],
        `the template has no label ${key}: ${value}`,
        "the selector must fit the labels of the template",
      );
}

function checkAlways(context: PlanContext, spec: PodSpec): void {
  if (spec.restartPolicy !== undefined && spec.restartPolicy !== "Always")
    reject(
      context,
      [spec, "restartPolicy"],
      "the restartPolicy of this workload must be Always",
      "take it out, or write a Job",
    );
}
