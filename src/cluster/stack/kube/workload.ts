import { filled } from "../../../kube/generate/context.ts";
import { autoscaleOf } from "../../model/autoscale.ts";
import { isRebalanced } from "../../model/rebalance.ts";
import { type Schedule, scheduleOf } from "../../model/schedule.ts";
import type { ServiceSpec, UpdateRule } from "../../model/service.ts";
import { objectName, type PodTemplate } from "./pod.ts";
import type { KubeService } from "./source.ts";

const POLICIES = { allow: "Allow", forbid: "Forbid", replace: "Replace" } as const satisfies Record<
  Schedule["overlap"],
  string
>;

/** What keeps the pods of a service there, or has them run to their end. */
export function workloadOf(service: KubeService, template: PodTemplate, warn: (text: string) => void): object {
  const { spec } = service;
  const schedule = scheduleOf(spec);
  const labels = { ...template.labels };
  const metadata = filled({ name: objectName(service.name), labels });
  const { restartPolicy, ...podSpec } = template.spec;
  const pods = { metadata: filled({ labels, annotations: { ...template.annotations } }), spec: podSpec };
  const selector = { matchLabels: labels };
  tellUnsaid(spec, warn);
  if (schedule !== undefined) {
    const { cron, timezone: timeZone, overlap, deadlineMs, history } = schedule;
    const when = { schedule: cron, timeZone, concurrencyPolicy: POLICIES[overlap] };
    const startingDeadlineSeconds = Math.max(10, Math.round(deadlineMs / 1000));
    const kept = { startingDeadlineSeconds, successfulJobsHistoryLimit: history };
    const jobTemplate = { spec: jobSpec(spec, { ...pods, spec: { ...podSpec, restartPolicy } }) };
    return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { ...when, ...kept, jobTemplate } };
  }
  const { mode } = spec;
  switch (mode.kind) {
    case "replicated": {
      const strategy = { type: "RollingUpdate", rollingUpdate: rollingUpdate(spec.update) };
      const { replicas } = mode;
      const deployment = { replicas, selector, strategy, template: pods };
      return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment };
    }
    case "global": {
      const updateStrategy = { type: "RollingUpdate", rollingUpdate: rollingUpdate(spec.update) };
      return { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector, updateStrategy, template: pods } };
    }
    case "global-job":
    case "replicated-job": {
      if (mode.kind === "global-job") warn("Kubernetes has no job that runs on each node: this one runs once");
      const toEnd = { ...pods, spec: { ...podSpec, restartPolicy } };
      return { apiVersion: "batch/v1", kind: "Job", metadata, spec: jobSpec(spec, toEnd) };
    }
  }
}

function jobSpec({ mode, restart }: ServiceSpec, template: object): object {
  const [completions, parallelism] = mode.kind === "replicated-job" ? [mode.total, mode.concurrent] : [1, 1];
  const many = completions === 1 ? {} : { completions, parallelism };
  const once = restart.condition === "none";
  const backoffLimit = once ? 0 : restart.maxAttempts;
  return { ...many, ...(once || backoffLimit > 0 ? { backoffLimit } : {}), template };
}

type Rolling = { readonly maxSurge: number | string; readonly maxUnavailable: number | string };

function rollingUpdate({ order, parallelism }: UpdateRule): Rolling {
  const atOnce = parallelism === 0 ? "100%" : parallelism;
  return order === "start-first" ? { maxSurge: atOnce, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: atOnce };
}

function tellUnsaid(spec: ServiceSpec, warn: (text: string) => void): void {
  const { mode, restart, update } = spec;
  if (autoscaleOf(spec) !== undefined)
    warn("what scales it by load in Kubernetes is a HorizontalPodAutoscaler: write one");
  if (isRebalanced(spec)) warn("Kubernetes does not move pods to nodes that come");
  const isLasting = mode.kind === "replicated" || mode.kind === "global";
  if (isLasting && restart.condition !== "any")
    warn(`Kubernetes starts pods of a ${mode.kind} service again however they ended`);
  if (isLasting && update.failureAction === "rollback")
    warn("Kubernetes rolls nothing back by itself: kubectl rollout undo");
  if (isLasting && update.delayMs > 0) warn("Kubernetes does not wait between the pods of an update");
}
