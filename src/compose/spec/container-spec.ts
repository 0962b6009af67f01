import type { ContainerSpec } from "../../state/container.ts";
import type { PortShare } from "../../state/spec/network.ts";
import { COMPOSE_VERSION, dependsOnLabel, imageOf, LABELS } from "../plan/names.ts";
import { podName } from "../plan/pods.ts";
import { replicaOf } from "../plan/replica.ts";
import type { SpecContext } from "./context.ts";
import { filePart } from "./files.ts";
import { healthPart } from "./health.ts";
import { logPart } from "./log.ts";
import { namespacePart } from "./namespaces.ts";
import { networkPart } from "./network.ts";
import { memberOf } from "./pod.ts";
import { processPart } from "./process.ts";
import { resourcePart } from "./resources.ts";
import { restartPart } from "./restart.ts";
import { schedulePart } from "./schedule.ts";
import { securityPart } from "./security.ts";
import { storagePart } from "./storage.ts";

/** What the one container is beyond its service. */
export type ContainerParts = {
  readonly name: string;
  /** 0 for a one-off. */
  readonly number: number;
  readonly oneOff: boolean;
  readonly hash: string;
  /** Id of the image; undefined leaves the label out. */
  readonly imageId: string | undefined;
  readonly share?: PortShare | undefined;
  /** Targets of anonymous volumes that come from the container it replaces. */
  readonly inherited: ReadonlySet<string>;
  readonly labels?: Readonly<Record<string, string>>;
};

/** What a service asks of a container, in the engine's words. Throws `unsupported` naming attribute and place. */
export function containerSpecOf(of: SpecContext, parts: ContainerParts): ContainerSpec {
  const { naming, name } = of;
  const service = replicaOf(of.loaded.project, { name, number: parts.number });
  // What is run by hand stands alone.
  const pod = parts.number === 0 ? undefined : service["x-estiba"]?.pod;
  const context = { ...of, service: pod === undefined ? service : memberOf(service) };
  const files = filePart(context);
  const storage = storagePart(context, parts.inherited);
  return {
    image: imageOf(naming, name, service),
    name: parts.name,
    ...processPart(context),
    ...namespacePart(context),
    ...(pod === undefined ? networkPart(context, parts) : { ...NETWORK_OF_POD, expose: service.expose ?? [] }),
    ...(pod === undefined ? {} : { pod: { id: podName(naming, pod) } }),
    ...storage,
    mounts: [...storage.mounts, ...files.mounts],
    ...(files.secrets.length === 0 ? {} : { secrets: files.secrets }),
    ...securityPart(context),
    ...resourcePart(context),
    ...healthPart(context, parts),
    ...logPart(context),
    ...restartPart(context),
    ...schedulePart(context, parts),
    labels: { ...service.labels, ...projectLabels(context, parts), ...parts.labels },
    annotations: service.annotations ?? {},
    autoRemove: false,
    ...(service.runtime === undefined ? {} : { runtime: service.runtime }),
  };
}

const NETWORK_OF_POD = {
  network: "bridge",
  ports: [],
  publishAll: false,
  addHosts: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
} as const;

function projectLabels({ loaded, service, name }: SpecContext, parts: ContainerParts): Record<string, string> {
  const { project, projectDirectory, files, environmentFiles } = loaded;
  return {
    [LABELS.project]: project.name,
    [LABELS.service]: name,
    [LABELS.oneOff]: parts.oneOff ? "True" : "False",
    ...(parts.oneOff ? {} : { [LABELS.number]: String(parts.number) }),
    [LABELS.configHash]: parts.hash,
    ...(parts.imageId === undefined ? {} : { [LABELS.image]: `sha256:${parts.imageId}` }),
    [LABELS.dependsOn]: dependsOnLabel(service),
    [LABELS.workingDir]: projectDirectory,
    [LABELS.configFiles]: files.join(","),
    ...(environmentFiles.length === 0 ? {} : { [LABELS.environmentFile]: environmentFiles.join(",") }),
    [LABELS.version]: COMPOSE_VERSION,
  };
}
