/** Where things are in the store. */
export const KEYS = {
  cluster: "cluster",
  leader: "leader",
  /** Of managers that are there, as long as they are. */
  managers: "managers/",
  nodes: "nodes/",
  /** Of each node: by what mark it has told whom it trusts. */
  trusts: "trusts/",
  services: "services/",
  /** From a service's name to its id: no two have the same. */
  names: "service-names/",
  tasks: "tasks/",
  networks: "networks/",
  /** From a network's name to its id. */
  networkNames: "network-names/",
  /** Changed with every network that is made or removed: no two get the same number or subnet. */
  networkPool: "network-pool",
  /** By network and address: who has it. */
  addresses: "addresses/",
  /** By network and container: who is on it, and is no task. */
  guests: "guests/",
  /** Changed with every service whose published ports change: no two get the same. */
  portPool: "port-pool",
  /** Versions of secrets and configs. */
  files: "files/",
  /** From kind and name to the version that the name means. */
  fileNames: "file-names/",
} as const;

export const managerKey = (id: string): string => `${KEYS.managers}${id}`;
export const nodeKey = (id: string): string => `${KEYS.nodes}${id}`;
export const trustKey = (id: string): string => `${KEYS.trusts}${id}`;
export const serviceKey = (id: string): string => `${KEYS.services}${id}`;
export const serviceNameKey = (name: string): string => `${KEYS.names}${name}`;
export const fileKey = (id: string): string => `${KEYS.files}${id}`;
export const fileNameKey = (kind: string, name: string): string => `${KEYS.fileNames}${kind}/${name}`;
export const taskKey = (id: string): string => `${KEYS.tasks}${id}`;
export const networkKey = (id: string): string => `${KEYS.networks}${id}`;
export const networkNameKey = (name: string): string => `${KEYS.networkNames}${name}`;
export const guestKey = (networkId: string, containerId: string): string => `${KEYS.guests}${networkId}/${containerId}`;
export const addressKey = (networkId: string, ip: string): string => `${KEYS.addresses}${networkId}/${ip}`;
