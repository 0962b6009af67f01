import type { ContainerSpec } from "../../state/container.ts";
import type { IpcMode, NamespaceMode, Namespaces, UserNamespace } from "../../state/spec/namespaces.ts";
import { joinedService } from "../plan/order.ts";
import { replicaName } from "../plan/replica.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

/** Which of its surroundings a container has of its own, and whose it shares. */
export function namespacePart(context: SpecContext): Pick<ContainerSpec, "namespaces"> {
  const { pid, ipc, uts, cgroup, userns_mode } = context.service;
  const namespaces: Namespaces = {
    ...(pid === undefined ? {} : { pid: modeOf(context, "pid", pid) }),
    ...(ipc === undefined ? {} : { ipc: ipcOf(context, ipc) }),
    ...(uts === undefined ? {} : { uts: modeOf(context, "uts", uts) }),
    ...(cgroup === undefined ? {} : { cgroup }),
    ...(userns_mode === undefined ? {} : { user: userOf(context, userns_mode) }),
  };
  return Object.keys(namespaces).length === 0 ? {} : { namespaces };
}

/** `container:NAME` for a mode that names a service or a container; undefined for any other. */
export function joinedBy({ naming, loaded }: SpecContext, mode: string): `container:${string}` | undefined {
  const service = joinedService(mode);
  if (service === undefined) return mode.startsWith("container:") ? (mode as `container:${string}`) : undefined;
  // The first container of the service: one that lends its namespaces has only one.
  return `container:${replicaName(naming, loaded.project, { name: service, number: 1 })}`;
}

function modeOf(context: SpecContext, key: "pid" | "uts" | "ipc", mode: string): NamespaceMode {
  const joined = joinedBy(context, mode);
  if (joined !== undefined) return joined;
  if (mode === "host" || mode === "private") return mode;
  throw refuseAttribute(context, {
    path: [key],
    why: `"${mode}" is no mode of it`,
    fix: "write host, private, service:NAME or container:NAME",
  });
}

function ipcOf(context: SpecContext, mode: string): IpcMode {
  return mode === "shareable" || mode === "none" ? mode : modeOf(context, "ipc", mode);
}

function userOf(context: SpecContext, mode: string): UserNamespace {
  const joined = joinedBy(context, mode);
  if (joined !== undefined) return { mode: joined };
  if (mode === "host" || mode === "keep-id") return { mode };
  if (mode === "auto") return { mode: "auto", uids: [], gids: [] };
  throw refuseAttribute(context, {
    path: ["userns_mode"],
    why: `"${mode}" is no mode of it`,
    fix: "write host, auto, keep-id, service:NAME or container:NAME",
  });
}
