import type {
  ConfigMap,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  Secret,
  Service,
  ServicePort,
  ServiceSpec,
  VolumeResourceRequirements,
} from "kubernetes-types/core/v1";
import { header, LABEL_SELECTOR } from "./meta.ts";
import {
  type Fields,
  FLAG,
  hint,
  listOf,
  needed,
  object,
  oneOf,
  PORT,
  QUANTITY,
  type Rule,
  refused,
  SERVER,
  TEXT,
  TEXT_MAP,
  TEXTS,
  works,
} from "./rule.ts";

export const CONFIG_MAP_OBJECT: Fields<ConfigMap> = {
  ...header("ConfigMap", "v1"),
  data: works(TEXT_MAP),
  binaryData: works(TEXT_MAP, "base64"),
  immutable: works(FLAG),
};

export const SECRET_OBJECT: Fields<Secret> = {
  ...header("Secret", "v1"),
  data: works(TEXT_MAP, "base64"),
  stringData: works(TEXT_MAP),
  type: works(TEXT),
  immutable: works(FLAG),
};

const CLAIMED: Fields<VolumeResourceRequirements> = {
  requests: works({ kind: "map", of: QUANTITY }, "not reserved, and no limit: a volume is a folder"),
  limits: hint("a volume is a folder, and has no limit"),
};

const CLAIM: Fields<PersistentVolumeClaimSpec> = {
  accessModes: works(TEXTS, "any: one host"),
  resources: works(object("VolumeResourceRequirements", () => CLAIMED)),
  volumeMode: works(oneOf("Filesystem")),
  storageClassName: hint("volumes are folders here; annotations volume.podman.io/* choose another kind"),
  volumeAttributesClassName: hint("volumes are folders here"),
  selector: works(LABEL_SELECTOR, "not used: the claim's name is the volume's"),
  volumeName: hint("the claim's name is the volume's"),
  dataSource: refused("import the data: estiba volume import"),
  dataSourceRef: refused("import the data: estiba volume import"),
};

export const CLAIM_OBJECT: Fields<PersistentVolumeClaim> = {
  ...header("PersistentVolumeClaim", "v1"),
  spec: works(object("PersistentVolumeClaimSpec", () => CLAIM)),
  status: SERVER,
};

const PORT_NUMBER: Rule = { kind: "integer", least: 1, most: 65_535 };
const BALANCED = "names have the addresses of all pods, in turn";

const SERVICE_PORT: Fields<ServicePort> = {
  port: needed(PORT_NUMBER, "published by a LoadBalancer"),
  targetPort: works(PORT, "of a port's name, too; the service's name leads to the pod itself, so use this one there"),
  nodePort: works(
    { ...PORT_NUMBER, least: 0 },
    "published by a NodePort or LoadBalancer, of several pods by chance; a free one of each pod when missing or 0",
  ),
  protocol: works(oneOf("TCP", "UDP", "SCTP")),
  name: works(TEXT),
  appProtocol: works(TEXT),
};

const SERVICE: Fields<ServiceSpec> = {
  selector: works(TEXT_MAP, "of pods in the same file"),
  ports: works(listOf(object("ServicePort", () => SERVICE_PORT))),
  type: works(oneOf("ClusterIP", "NodePort", "LoadBalancer"), "ClusterIP gives names only"),
  clusterIP: works(TEXT, "None, as names lead to the pods in any case; an address is refused"),
  clusterIPs: works(TEXTS),
  externalName: refused("write a hostAlias, or use the name itself"),
  externalIPs: refused("give --publish with an address of this host"),
  loadBalancerIP: refused("give --publish with an address of this host"),
  loadBalancerSourceRanges: refused("there is no filter by source; publish at 127.0.0.1"),
  loadBalancerClass: hint("ports are published on this host"),
  allocateLoadBalancerNodePorts: hint("nodePort is published where it is given"),
  sessionAffinity: works(oneOf("None"), BALANCED),
  sessionAffinityConfig: refused(BALANCED),
  externalTrafficPolicy: hint("one host"),
  internalTrafficPolicy: hint("one host"),
  trafficDistribution: hint("one host"),
  healthCheckNodePort: hint("one host"),
  ipFamilies: hint("as the network has them"),
  ipFamilyPolicy: hint("as the network has them"),
  publishNotReadyAddresses: hint(BALANCED),
};

export const SERVICE_OBJECT: Fields<Service> = {
  ...header("Service", "v1"),
  spec: needed(object("ServiceSpec", () => SERVICE)),
  status: SERVER,
};
