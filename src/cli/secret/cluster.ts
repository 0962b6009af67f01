import { askNode } from "../../cluster/door/client.ts";
import type { FileSummary } from "../../cluster/door/wire.ts";
import type { FileKind } from "../../cluster/model/file.ts";
import { readIdentity } from "../../cluster/node/identity.ts";
import type { Engine } from "../../engine/engine.ts";

/** Where secrets are meant that are this engine's own, on a manager of a cluster. */
export const LOCAL_OPTION = {
  local: { kind: "flag", help: "On a manager of a cluster: this engine's own, which run --secret takes" },
} as const;

/** Whether a command on secrets is about the cluster's: on its managers, unless it says otherwise. */
export function isOfCluster(engine: Engine, { local }: { readonly local: boolean }): boolean {
  return !local && readIdentity(engine)?.role === "manager";
}

type NewFile = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  readonly existing: "refuse" | "replace" | "keep";
};

type ClusterFiles = {
  readonly list: () => Promise<FileSummary[]>;
  readonly find: (name: string) => Promise<FileSummary>;
  readonly remove: (name: string) => Promise<FileSummary>;
  readonly create: (asked: NewFile) => Promise<FileSummary>;
};

/** The cluster's secrets or configs. */
export function clusterFiles(engine: Engine, kind: FileKind): ClusterFiles {
  const path = (name: string): string => `/files/${kind}/${encodeURIComponent(name)}`;
  return {
    list: async () => await (await askNode(engine))("GET", `/files/${kind}`),
    find: async (name) => await (await askNode(engine))("GET", path(name)),
    remove: async (name) => await (await askNode(engine))("DELETE", path(name)),
    create: async (asked) => {
      const data = Buffer.from(asked.data).toString("base64");
      return await (await askNode(engine))("POST", `/files/${kind}`, { ...asked, data });
    },
  };
}
