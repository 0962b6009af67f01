/** Where things are in the store. */
export const KEYS = {
  cluster: "cluster",
  leader: "leader",
  nodes: "nodes/",
  services: "services/",
  /** From a service's name to its id: no two have the same. */
  names: "service-names/",
  tasks: "tasks/",
} as const;

export const nodeKey = (id: string): string => `${KEYS.nodes}${id}`;
export const serviceKey = (id: string): string => `${KEYS.services}${id}`;
export const serviceNameKey = (name: string): string => `${KEYS.names}${name}`;
export const taskKey = (id: string): string => `${KEYS.tasks}${id}`;
