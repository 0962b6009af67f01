import type { DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec } from "kubernetes-types/apps/v1";
import type { Job, JobSpec } from "kubernetes-types/batch/v1";
import type { Pod } from "kubernetes-types/core/v1";
import { header, LABEL_SELECTOR } from "./meta.ts";
import { POD_SPEC, POD_TEMPLATE } from "./pod.ts";
import { COUNT, type Fields, FLAG, hint, needed, object, oneOf, refused, SERVER, works } from "./rule.ts";

const NO_ROLLOUT = "a new file replaces all pods at once: kube play --replace";

export const POD_OBJECT: Fields<Pod> = { ...header("Pod", "v1"), spec: needed(POD_SPEC), status: SERVER };

const DEPLOYMENT: Fields<DeploymentSpec> = {
  replicas: works(COUNT, "one pod NAME-pod; with several, NAME-pod-1 and so on"),
  selector: needed(LABEL_SELECTOR),
  template: needed(POD_TEMPLATE),
  strategy: hint(NO_ROLLOUT),
  minReadySeconds: hint(NO_ROLLOUT),
  progressDeadlineSeconds: hint(NO_ROLLOUT),
  revisionHistoryLimit: hint(NO_ROLLOUT),
  paused: hint(NO_ROLLOUT),
};

export const DEPLOYMENT_OBJECT: Fields<Deployment> = {
  ...header("Deployment", "apps/v1"),
  spec: needed(object("DeploymentSpec", () => DEPLOYMENT)),
  status: SERVER,
};

const DAEMON_SET: Fields<DaemonSetSpec> = {
  selector: needed(LABEL_SELECTOR),
  template: needed(POD_TEMPLATE, "one pod NAME-pod: this host is the only node"),
  updateStrategy: hint(NO_ROLLOUT),
  minReadySeconds: hint(NO_ROLLOUT),
  revisionHistoryLimit: hint(NO_ROLLOUT),
};

export const DAEMON_SET_OBJECT: Fields<DaemonSet> = {
  ...header("DaemonSet", "apps/v1"),
  spec: needed(object("DaemonSetSpec", () => DAEMON_SET)),
  status: SERVER,
};

const ONE_RUN = "a Job is one pod NAME-pod here; write a Deployment for several, or several Jobs";

const JOB: Fields<JobSpec> = {
  template: needed(POD_TEMPLATE, "restartPolicy must be Never or OnFailure"),
  activeDeadlineSeconds: works(
    { kind: "integer", least: 1 },
    "each container is killed so long after its start, also when it is started again, which a warning says",
  ),
  backoffLimit: works(COUNT, "restarts of a container with OnFailure; 6 when missing"),
  completions: works({ kind: "integer", least: 1, most: 1 }, ONE_RUN),
  parallelism: works({ kind: "integer", least: 1, most: 1 }, ONE_RUN),
  completionMode: works(oneOf("NonIndexed"), ONE_RUN),
  suspend: works(FLAG, "true makes the pod, and does not start it"),
  ttlSecondsAfterFinished: hint("kube down removes it"),
  selector: hint("the pods of a workload are those of its template"),
  manualSelector: hint("the pods of a workload are those of its template"),
  podReplacementPolicy: hint("a pod that has failed stays as it is"),
  backoffLimitPerIndex: refused(ONE_RUN),
  maxFailedIndexes: refused(ONE_RUN),
  podFailurePolicy: refused("only the exit code counts here; use restartPolicy and backoffLimit"),
  successPolicy: refused(ONE_RUN),
  managedBy: refused("there is no other controller"),
};

export const JOB_OBJECT: Fields<Job> = {
  ...header("Job", "batch/v1"),
  spec: needed(object("JobSpec", () => JOB)),
  status: SERVER,
};
