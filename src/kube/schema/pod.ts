import type {
  HostAlias,
  PodDNSConfig,
  PodDNSConfigOption,
  PodOS,
  PodSpec,
  PodTemplateSpec,
} from "kubernetes-types/core/v1";
import { CONTAINER } from "./container.ts";
import { METADATA } from "./meta.ts";
import {
  COUNT,
  type Fields,
  FLAG,
  hint,
  listOf,
  NAME,
  needed,
  object,
  oneOf,
  type Rule,
  refused,
  TEXT,
  TEXTS,
  works,
} from "./rule.ts";
import { POD_SECURITY } from "./security.ts";
import { VOLUME } from "./volume.ts";

const ONE_NODE = "this host is the only node";
const NO_ACCOUNTS = "there is no API server that a pod could log in to";

const DNS_OPTION: Fields<PodDNSConfigOption> = { name: needed(TEXT), value: works(TEXT) };

const DNS: Fields<PodDNSConfig> = {
  nameservers: works(TEXTS),
  searches: works(TEXTS),
  options: works(listOf(object("PodDNSConfigOption", () => DNS_OPTION))),
};

const HOST_ALIAS: Fields<HostAlias> = { ip: needed(TEXT), hostnames: works(TEXTS) };

const OS: Fields<PodOS> = { name: needed(oneOf("linux")) };

const POD: Fields<PodSpec> = {
  containers: needed(listOf(CONTAINER)),
  initContainers: works(
    listOf(CONTAINER),
    "one after the other, before the containers, each to its end; one that fails is run again while kube play waits, unless restartPolicy is Never",
  ),
  volumes: works(listOf(VOLUME)),
  restartPolicy: works(oneOf("Always", "OnFailure", "Never")),
  terminationGracePeriodSeconds: works(COUNT, "before SIGKILL; 10 when missing, as with Podman"),
  activeDeadlineSeconds: works(
    { kind: "integer", least: 1 },
    "each container is killed so long after its start, also when it is started again, which a warning says",
  ),
  hostname: works(NAME, "the pod's name when missing, its first 63 characters"),
  subdomain: works(NAME, "HOSTNAME.SUBDOMAIN is another name of the pod"),
  hostAliases: works(listOf(object("HostAlias", () => HOST_ALIAS))),
  hostNetwork: works(FLAG),
  hostPID: works(FLAG),
  hostIPC: works(FLAG),
  shareProcessNamespace: works(FLAG),
  dnsPolicy: works(
    oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "with Default, names of pods are found, too; with None, /etc/resolv.conf is dnsConfig",
  ),
  dnsConfig: works(
    object("PodDNSConfig", () => DNS),
    "in place of what the host has; names of pods are found, too, but with dnsPolicy: None",
  ),
  securityContext: works(POD_SECURITY),
  os: works(object("PodOS", () => OS)),
  hostUsers: works({ kind: "flag" }, "false maps root to a range of 65536 ids of the pod's own"),
  runtimeClassName: refused("name the OCI runtime for all: estiba --runtime NAME kube play"),
  ephemeralContainers: refused("use estiba exec in a container of the pod"),
  resourceClaims: refused("there is no driver that could allocate devices"),
  schedulingGates: refused("a pod begins when it is played; use --start=false"),
  overhead: hint("nothing is reserved on this host"),
  affinity: hint(ONE_NODE),
  nodeName: hint(ONE_NODE),
  nodeSelector: hint(ONE_NODE),
  tolerations: hint(ONE_NODE),
  topologySpreadConstraints: hint(ONE_NODE),
  schedulerName: hint(ONE_NODE),
  preemptionPolicy: hint(ONE_NODE),
  priority: hint(ONE_NODE),
  priorityClassName: hint(ONE_NODE),
  readinessGates: hint("nobody here sets conditions of pods"),
  serviceAccount: hint(NO_ACCOUNTS, "default"),
  serviceAccountName: hint(NO_ACCOUNTS, "default"),
  automountServiceAccountToken: hint(NO_ACCOUNTS, false),
  enableServiceLinks: hint("variables such as NAME_SERVICE_HOST are not made; use the service's name", false),
  imagePullSecrets: hint("log in with estiba login, or give --creds"),
  setHostnameAsFQDN: hint("the hostname is the short one"),
};

export const POD_SPEC: Rule = object("PodSpec", () => POD);

const TEMPLATE: Fields<PodTemplateSpec> = { metadata: works(METADATA), spec: needed(POD_SPEC) };

export const POD_TEMPLATE: Rule = object("PodTemplateSpec", () => TEMPLATE);
