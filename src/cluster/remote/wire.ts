import type { WireError } from "../../lib/wire-error.ts";
import type { Orders } from "../manager/dispatch.ts";
import type { TaskUsage } from "../model/autoscale.ts";
import type { NodeDescription, Role } from "../model/node.ts";
import type { TaskStatus } from "../model/task.ts";

/** Where a manager finds the state, with what it proves itself to etcd by: texts in PEM form. */
export type SharedStore = {
  readonly endpoints: readonly string[];
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
};

/** What all managers share: where the state is, the key of its secrets, in base64, and what that is encrypted with on disk. */
export type Shared = { readonly store: SharedStore; readonly vaultKey: string; readonly unlockKey?: string };

/** What a machine sends to become a node. */
export type JoinRequest = {
  readonly token: string;
  /** For a certificate; PEM. */
  readonly request: string;
  readonly description: NodeDescription;
  /** It was told what only a manager can do. */
  readonly asManager: boolean;
};

/** What it gets. */
export type Joined = {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly cert: string;
  /** Whom it is to trust, the root that the token pins among them; undefined of an earlier version, which has that one only. */
  readonly ca?: string;
  readonly role: Role;
  /** Where the manager sees it. */
  readonly address: string;
  /** Of a manager only. */
  readonly shared?: Shared;
};

/** What a worker gets that is to become a manager. */
export type Promoted = { readonly address: string; readonly shared: Shared };

/** A node that begins to take orders; the session is its process, and all those before it of the same machine. */
export type SessionRequest = {
  readonly session: string;
  readonly description: NodeDescription;
  /** Of a manager. */
  readonly listensAt?: string;
};

/** What has become of tasks; without any: that the node is there. */
export type Reports = {
  readonly session: string;
  readonly statuses: readonly (readonly [taskId: string, status: TaskStatus])[];
  /** The mark of those whom the node trusts. */
  readonly trust?: string;
  /** What tasks use, of services that ask for it. */
  readonly usages?: readonly (readonly [taskId: string, usage: TaskUsage])[];
};

/** A line of a node. */
export type LineRequest = { readonly path: "/session" | "/reports" | "/orders"; readonly body?: unknown };

/** A line of a manager: orders, or what becomes of a line of the node; without an error, it was heard. */
export type LineAnswer = { readonly error?: WireError; readonly orders?: Orders };
