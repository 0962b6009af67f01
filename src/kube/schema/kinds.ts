import type { DaemonSet, Deployment } from "kubernetes-types/apps/v1";
import type { Job } from "kubernetes-types/batch/v1";
import type { ConfigMap, PersistentVolumeClaim, Pod, Secret, Service } from "kubernetes-types/core/v1";
import { CLAIM_OBJECT, CONFIG_MAP_OBJECT, SECRET_OBJECT, SERVICE_OBJECT } from "./data.ts";
import type { FieldTable } from "./rule.ts";
import { DAEMON_SET_OBJECT, DEPLOYMENT_OBJECT, JOB_OBJECT, POD_OBJECT } from "./workload.ts";

/** Every object that can be played. Each has a name. */
export type KubeObject = (Pod | Deployment | DaemonSet | Job | Service | ConfigMap | Secret | PersistentVolumeClaim) & {
  readonly kind?: KubeKind;
};

export type KubeKind =
  | "Pod"
  | "Deployment"
  | "DaemonSet"
  | "Job"
  | "Service"
  | "ConfigMap"
  | "Secret"
  | "PersistentVolumeClaim";

export const KINDS: Readonly<Record<KubeKind, FieldTable>> = {
  Pod: POD_OBJECT,
  Deployment: DEPLOYMENT_OBJECT,
  DaemonSet: DAEMON_SET_OBJECT,
  Job: JOB_OBJECT,
  Service: SERVICE_OBJECT,
  ConfigMap: CONFIG_MAP_OBJECT,
  Secret: SECRET_OBJECT,
  PersistentVolumeClaim: CLAIM_OBJECT,
};

const CLUSTER_ONLY = "it is for a cluster's API server; take it out of the file";
const ACCESS = "there is no API server whose use could be allowed; take it out of the file";

/** Kinds that people have in their files, and why they are not played. */
export const REFUSED_KINDS: Readonly<Record<string, string>> = {
  CronJob:
    "nothing runs here that could start it in time; write a Job, and play it with --replace from cron or a systemd timer",
  StatefulSet: "write a Pod for each member, with its own persistentVolumeClaim",
  ReplicaSet: "write a Deployment with the same template",
  ReplicationController: "write a Deployment with the same template",
  Ingress: "there is no proxy that would read it; publish the port of a pod, or play a proxy",
  NetworkPolicy: "play pods that must not reach each other on different networks: --network",
  PersistentVolume: "make the volume: estiba volume create NAME, and claim it by its name",
  StorageClass: "volumes are folders here; use estiba volume create --opt for another kind",
  Namespace: "all names are in one namespace here; take it out of the file",
  HorizontalPodAutoscaler: "nothing measures pods here; set replicas",
  PodDisruptionBudget: CLUSTER_ONLY,
  PriorityClass: CLUSTER_ONLY,
  ResourceQuota: CLUSTER_ONLY,
  LimitRange: CLUSTER_ONLY,
  CustomResourceDefinition: CLUSTER_ONLY,
  ServiceAccount: ACCESS,
  Role: ACCESS,
  RoleBinding: ACCESS,
  ClusterRole: ACCESS,
  ClusterRoleBinding: ACCESS,
  Endpoints: "a Service finds its pods by labels",
  EndpointSlice: "a Service finds its pods by labels",
};
