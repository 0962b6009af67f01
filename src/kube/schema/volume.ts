import type {
  ConfigMapProjection,
  ConfigMapVolumeSource,
  DownwardAPIProjection,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  KeyToPath,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
  Volume,
  VolumeProjection,
} from "kubernetes-types/core/v1";
import { FIELD_REF, RESOURCE_REF } from "./container.ts";
import {
  type Field,
  type Fields,
  FLAG,
  listOf,
  NAME,
  needed,
  object,
  oneOf,
  QUANTITY,
  type Rule,
  refused,
  TEXT,
  works,
} from "./rule.ts";

/** Of Kubernetes 1.31, which the types do not have yet. */
export type ImageVolumeSource = { readonly reference?: string; readonly pullPolicy?: string };
export type AnyVolume = Volume & { readonly image?: ImageVolumeSource };

const MODE: Rule = { kind: "integer", least: 0, most: 0o777 };
const ELSEWHERE: Field = refused("mount it on the host, and use a hostPath volume");
const GONE: Field = refused("Kubernetes has removed it, too");

const ITEM: Fields<KeyToPath> = { key: needed(TEXT), path: needed(TEXT), mode: works(MODE) };
const items: Rule = listOf(object("KeyToPath", () => ITEM));

const EMPTY: Fields<EmptyDirVolumeSource> = {
  medium: works(oneOf("", "Memory"), "Memory is a tmpfs that the containers of the pod share"),
  sizeLimit: works(QUANTITY, "of a tmpfs; a folder has no limit, which a warning says"),
};

const HOST_PATH: Fields<HostPathVolumeSource> = {
  path: needed(TEXT),
  type: works(
    oneOf("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"),
    "a device is given to the container, too",
  ),
};

const CONFIG_MAP: Fields<ConfigMapVolumeSource> = {
  name: needed(TEXT),
  items: works(items),
  defaultMode: works(MODE),
  optional: works(FLAG),
};

const SECRET: Fields<SecretVolumeSource> = {
  secretName: needed(TEXT),
  items: works(items),
  defaultMode: works(MODE),
  optional: works(FLAG),
};

const CLAIM: Fields<PersistentVolumeClaimVolumeSource> = {
  claimName: needed(TEXT, "the volume's name"),
  readOnly: works(FLAG),
};

const DOWNWARD_FILE: Fields<DownwardAPIVolumeFile> = {
  path: needed(TEXT),
  fieldRef: works(FIELD_REF, "metadata.labels and metadata.annotations whole, too"),
  resourceFieldRef: works(RESOURCE_REF),
  mode: works(MODE),
};
const downwardItems: Rule = listOf(object("DownwardAPIVolumeFile", () => DOWNWARD_FILE));

const DOWNWARD: Fields<DownwardAPIVolumeSource> = { items: works(downwardItems), defaultMode: works(MODE) };

const PROJECTED_MAP: Fields<ConfigMapProjection> = { name: needed(TEXT), items: works(items), optional: works(FLAG) };
const PROJECTED_DOWNWARD: Fields<DownwardAPIProjection> = { items: works(downwardItems) };

const PROJECTION: Fields<VolumeProjection> = {
  configMap: works(object("ConfigMapProjection", () => PROJECTED_MAP)),
  secret: works(object("SecretProjection", () => PROJECTED_MAP)),
  downwardAPI: works(object("DownwardAPIProjection", () => PROJECTED_DOWNWARD)),
  serviceAccountToken: refused("there is no API server that would take a token"),
  clusterTrustBundle: refused("there is no cluster that would have one"),
};

const PROJECTED: Fields<ProjectedVolumeSource> = {
  sources: works(listOf(object("VolumeProjection", () => PROJECTION))),
  defaultMode: works(MODE),
};

const IMAGE: Fields<ImageVolumeSource> = {
  reference: needed(TEXT),
  pullPolicy: works(oneOf("Always", "IfNotPresent", "Never")),
};

const FIELDS: Fields<AnyVolume> = {
  name: needed(NAME),
  emptyDir: works(
    object("EmptyDirVolumeSource", () => EMPTY),
    "a volume POD-NAME, removed with the pod by kube down",
  ),
  hostPath: works(object("HostPathVolumeSource", () => HOST_PATH)),
  configMap: works(
    object("ConfigMapVolumeSource", () => CONFIG_MAP),
    "of the file or --configmap, as it is when played",
  ),
  secret: works(
    object("SecretVolumeSource", () => SECRET),
    "of a Secret in the file",
  ),
  persistentVolumeClaim: works(
    object("PersistentVolumeClaimVolumeSource", () => CLAIM),
    "a volume of that name",
  ),
  downwardAPI: works(
    object("DownwardAPIVolumeSource", () => DOWNWARD),
    "as it is when played",
  ),
  projected: works(object("ProjectedVolumeSource", () => PROJECTED)),
  image: works(
    object("ImageVolumeSource", () => IMAGE),
    "read-only",
  ),
  ephemeral: refused("use emptyDir, or a persistentVolumeClaim"),
  csi: ELSEWHERE,
  nfs: refused(
    "make a volume of it (estiba volume create --opt type=nfs), and use a persistentVolumeClaim of its name",
  ),
  iscsi: ELSEWHERE,
  fc: ELSEWHERE,
  cephfs: ELSEWHERE,
  rbd: ELSEWHERE,
  cinder: ELSEWHERE,
  glusterfs: ELSEWHERE,
  flexVolume: ELSEWHERE,
  portworxVolume: ELSEWHERE,
  vsphereVolume: ELSEWHERE,
  awsElasticBlockStore: ELSEWHERE,
  azureDisk: ELSEWHERE,
  azureFile: ELSEWHERE,
  gcePersistentDisk: ELSEWHERE,
  gitRepo: refused("clone it in an init container, into an emptyDir"),
  flocker: GONE,
  photonPersistentDisk: GONE,
  quobyte: GONE,
  scaleIO: GONE,
  storageos: GONE,
};

export const VOLUME: Rule = object("Volume", () => FIELDS);
