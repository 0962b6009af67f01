import type { NodeDescription } from "../model/node.ts";
import type { TaskStatus } from "../model/task.ts";

/** What a machine sends to become a node. */
export type JoinRequest = {
  readonly token: string;
  /** For a certificate; PEM. */
  readonly request: string;
  readonly description: NodeDescription;
};

/** What it gets. */
export type Joined = {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly cert: string;
};

/** A node that begins to take orders; the session is its process, and a new one for each. */
export type SessionRequest = { readonly session: string; readonly description: NodeDescription };

/** What has become of tasks; without any: that the node is there. */
export type Reports = {
  readonly session: string;
  readonly statuses: readonly (readonly [taskId: string, status: TaskStatus])[];
};
