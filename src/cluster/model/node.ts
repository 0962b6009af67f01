/** `pause`: nothing new; `drain`: what is there goes, too. */
export type Availability = "active" | "pause" | "drain";

/** Managers run tasks, too. */
export type Role = "manager" | "worker";

/** What a node says of itself when it comes. */
export type NodeDescription = {
  readonly hostname: string;
  readonly address: string;
  readonly os: string;
  readonly architecture: string;
  readonly nanoCpus: number;
  readonly memoryBytes: number;
  readonly engineVersion: string;
  /** What of services' specs it knows (model/spec-shape.ts); undefined of the first. */
  readonly format?: number;
};

/** A machine of the cluster. */
export type Node = {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly role: Role;
  /** Where other nodes reach it, when it is a manager: `HOST:PORT`. */
  readonly listensAt?: string;
  readonly availability: Availability;
  readonly labels: Readonly<Record<string, string>>;
  readonly description: NodeDescription;
  /** Whether its manager hears of it. */
  readonly state: "ready" | "down";
  readonly message?: string;
};

/** The format of specs that a node knows. */
export function formatOf({ description }: Pick<Node, "description">): number {
  return description.format ?? 1;
}

/** Whether it may be given tasks. */
export function takesTasks({ state, availability }: Pick<Node, "state" | "availability">): boolean {
  return state === "ready" && availability === "active";
}
