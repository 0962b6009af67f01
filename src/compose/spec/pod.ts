import { plainSpec } from "../../engine/plain-spec.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import type { Loaded } from "../load.ts";
import { COMPOSE_VERSION, containerName, LABELS, type Naming } from "../plan/names.ts";
import { type ProjectPod, podHash, podName, podService, SHARED } from "../plan/pods.ts";
import type { Service } from "../service.ts";
import { networkPart } from "./network.ts";

type Given = { readonly loaded: Loaded; readonly naming: Naming };

/** The pod of some services: what they have of the network is its own, and every name by which they are found leads to it. */
export function podSpecOf({ loaded, naming }: Given, key: string): PodSpec {
  const pod = loaded.pods[key] as ProjectPod;
  const service = podService(pod);
  const container = { number: 1, oneOff: false };
  const context = (name: string) => ({ loaded, naming, name, service: pod.services[name] ?? service });
  const { networks = [], ...network } = networkPart({ loaded, naming, name: key, service }, container);
  const members = Object.keys(pod.services).map((name) => networkPart(context(name), container));
  const names = Object.keys(pod.services).map((name) =>
    containerName(naming, name, 1, pod.services[name]?.container_name),
  );
  const { hostname, domainname, sysctls = {} } = service;
  return {
    name: podName(naming, key),
    labels: {
      [LABELS.project]: loaded.project.name,
      [LABELS.configHash]: podHash(pod),
      [LABELS.version]: COMPOSE_VERSION,
    },
    share: ["ipc", "net", "uts"],
    shareParent: true,
    // What ends by itself may be started again where it was.
    exitPolicy: "continue",
    resources: {},
    defaults: { env: [], devices: [], security: {} },
    infra: plainSpec({
      image: "",
      ...network,
      networks: networks.map((one) => {
        const own = members.flatMap(
          (member) => member.networks?.find(({ network: name }) => name === one.network)?.aliases ?? [],
        );
        return { ...one, aliases: [...new Set([...own, ...pod.links, ...names])] };
      }),
      ports: members.flatMap(({ ports }) => ports),
      expose: members.flatMap(({ expose }) => expose),
      sysctls,
      ...(hostname === undefined ? {} : { hostname }),
      ...(domainname === undefined ? {} : { identity: { domainname } }),
    }),
  };
}

/** A service without what its pod has for it. */
export function memberOf(service: Service): Service {
  return Object.fromEntries(
    Object.entries(service).filter(([key]) => !(SHARED as readonly string[]).includes(key)),
  ) as unknown as Service;
}
