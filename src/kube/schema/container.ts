import type {
  ConfigMapEnvSource,
  ConfigMapKeySelector,
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
  ResourceRequirements,
  VolumeMount,
} from "kubernetes-types/core/v1";
import { PROBE } from "./probe.ts";
import {
  type Fields,
  FLAG,
  hint,
  listOf,
  NAME,
  needed,
  object,
  oneOf,
  QUANTITY,
  type Rule,
  refused,
  TEXT,
  TEXTS,
  works,
} from "./rule.ts";
import { CONTAINER_SECURITY } from "./security.ts";

const PORT_NUMBER: Rule = { kind: "integer", least: 1, most: 65_535 };

const KEY_OF: Fields<ConfigMapKeySelector> = { name: needed(TEXT), key: needed(TEXT), optional: works(FLAG) };
const ALL_OF: Fields<ConfigMapEnvSource> = { name: needed(TEXT), optional: works(FLAG) };

const FIELD: Fields<ObjectFieldSelector> = {
  fieldPath: needed(
    TEXT,
    "metadata.name, .namespace, .labels['X'], .annotations['X'], spec.nodeName, spec.serviceAccountName; an address or uid is not known before the start, and refused",
  ),
  apiVersion: works(oneOf("v1")),
};

const RESOURCE: Fields<ResourceFieldSelector> = {
  resource: needed(TEXT, "limits.cpu, limits.memory, requests.cpu, requests.memory"),
  containerName: works(NAME),
  divisor: works(QUANTITY),
};

export const FIELD_REF: Rule = object("ObjectFieldSelector", () => FIELD);
export const RESOURCE_REF: Rule = object("ResourceFieldSelector", () => RESOURCE);

const VALUE_FROM: Fields<EnvVarSource> = {
  configMapKeyRef: works(object("ConfigMapKeySelector", () => KEY_OF)),
  secretKeyRef: works(
    object("SecretKeySelector", () => KEY_OF),
    "of a Secret in the file; the value is in no inspect",
  ),
  fieldRef: works(FIELD_REF),
  resourceFieldRef: works(RESOURCE_REF),
};

const ENV: Fields<EnvVar> = {
  name: needed(TEXT),
  value: works(TEXT, "$(NAME) is replaced"),
  valueFrom: works(object("EnvVarSource", () => VALUE_FROM)),
};

const ENV_FROM: Fields<EnvFromSource> = {
  prefix: works(TEXT),
  configMapRef: works(object("ConfigMapEnvSource", () => ALL_OF)),
  secretRef: works(object("SecretEnvSource", () => ALL_OF)),
};

const PORT_FIELDS: Fields<ContainerPort> = {
  containerPort: needed(PORT_NUMBER),
  name: works(TEXT),
  protocol: works(oneOf("TCP", "UDP", "SCTP")),
  hostPort: works({ ...PORT_NUMBER, least: 0 }, "published; without it, or with 0, with --publish-all only"),
  hostIP: works(TEXT),
};

const AMOUNTS: Rule = { kind: "map", of: QUANTITY };

const RESOURCES: Fields<ResourceRequirements> = {
  limits: works(AMOUNTS, "cpu and memory; ephemeral-storage and hugepages are read over with a warning"),
  requests: works(AMOUNTS, "cpu as the share of the processors, memory as the reservation"),
  claims: refused("there is no driver that could allocate devices"),
};

const MOUNT: Fields<VolumeMount> = {
  name: needed(TEXT),
  mountPath: needed(TEXT),
  readOnly: works(FLAG),
  subPath: works(TEXT, "a folder that is missing is made; no link in it leads out of the volume"),
  subPathExpr: works(TEXT),
  mountPropagation: works(oneOf("None", "HostToContainer", "Bidirectional")),
  recursiveReadOnly: works(oneOf("Disabled"), "Enabled is refused: what is mounted below stays writable"),
};

const FIELDS: Fields<Container> = {
  name: needed(NAME, "the container is POD-NAME"),
  image: needed(TEXT),
  command: works(TEXTS, "$(NAME) is replaced"),
  args: works(TEXTS, "$(NAME) is replaced"),
  workingDir: works(TEXT),
  env: works(listOf(object("EnvVar", () => ENV))),
  envFrom: works(listOf(object("EnvFromSource", () => ENV_FROM))),
  imagePullPolicy: works(oneOf("Always", "IfNotPresent", "Never")),
  ports: works(listOf(object("ContainerPort", () => PORT_FIELDS))),
  livenessProbe: works(PROBE, "the health check; a failed one restarts the container, where its policy allows"),
  readinessProbe: works(
    PROBE,
    "the health check, without consequences, where there is no livenessProbe; else a warning",
  ),
  startupProbe: works(PROBE, "the check before the others; of a sidecar, what comes after it waits for it"),
  resources: works(object("ResourceRequirements", () => RESOURCES)),
  securityContext: works(CONTAINER_SECURITY),
  stdin: works(FLAG),
  tty: works(FLAG),
  volumeMounts: works(listOf(object("VolumeMount", () => MOUNT))),
  restartPolicy: works(
    oneOf("Always"),
    "of an init container: started in its turn, it runs beside the containers until all of them have ended",
  ),
  lifecycle: refused("nothing of Estiba runs when the container starts or stops by itself; put it in the command"),
  volumeDevices: refused("use a hostPath volume of type BlockDevice"),
  stdinOnce: hint("stdin stays open"),
  resizePolicy: hint("estiba update changes limits of a running container"),
  terminationMessagePath: hint("the exit code and the log tell why it ended"),
  terminationMessagePolicy: hint("the exit code and the log tell why it ended"),
};

export const CONTAINER: Rule = object("Container", () => FIELDS);
