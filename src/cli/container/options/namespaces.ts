import { present } from "../../../lib/present.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { IpcMode, NamespaceMode, Namespaces } from "../../../state/spec/namespaces.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { userNamespaceOf } from "./user-namespace.ts";

/** Which of its surroundings a container has of its own: options of `run` and `create`, as Podman names them. */
export const NAMESPACE_OPTIONS = {
  cgroupns: {
    kind: "string",
    value: "MODE",
    help: "Cgroups it sees: host, private, container:NAME, ns:PATH (default private with cgroup v2)",
    offered: ["host", "private"],
    complete: "namespace",
  },
  gidmap: { kind: "list", value: "[FLAGS]CONTAINER:HOST[:N]", help: "Map group ids; as --uidmap where not given" },
  ipc: {
    kind: "string",
    value: "MODE",
    help: "Shared memory: private, shareable, none, host, container:NAME, ns:PATH (default shareable)",
    offered: ["private", "shareable", "none", "host"],
    complete: "namespace",
  },
  pid: {
    kind: "string",
    value: "MODE",
    help: "Processes it sees: private, host, container:NAME, ns:PATH",
    offered: ["private", "host"],
    complete: "namespace",
  },
  subgidname: { kind: "string", value: "NAME", help: "Map the group ids that /etc/subgid gives to a name" },
  subuidname: { kind: "string", value: "NAME", help: "Map the user ids that /etc/subuid gives to a name" },
  uidmap: { kind: "list", value: "[FLAGS]CONTAINER:HOST[:N]", help: "Map N user ids of the container to the host's" },
  userns: {
    kind: "string",
    value: "MODE",
    help: "User ids: host, auto[:size=N], keep-id, private, container:NAME, ns:PATH (default host)",
    offered: ["host", "auto", "keep-id", "private"],
    complete: "namespace",
  },
  uts: {
    kind: "string",
    value: "MODE",
    help: "Host name: private, host, container:NAME, ns:PATH",
    offered: ["private", "host"],
    complete: "namespace",
  },
} as const;

type NamespaceValues = Values<typeof NAMESPACE_OPTIONS>;

/** Throws `invalid` naming the option, `unsupported` for a mode of rootless engines. */
export function namespacesOf(values: NamespaceValues): Pick<ContainerSpec, "namespaces"> {
  const namespaces: Namespaces = present({
    pid: modeOf("--pid", values.pid),
    ipc: ipcMode(values.ipc),
    uts: modeOf("--uts", values.uts),
    cgroup: modeOf("--cgroupns", values.cgroupns),
    user: userNamespaceOf(values),
  });
  return Object.keys(namespaces).length === 0 ? {} : { namespaces };
}

/** `private`, `host`, `container:NAME`, `ns:PATH`; undefined where nothing is asked for. Throws `invalid` naming the option. */
export function modeOf(option: string, text: string | undefined): NamespaceMode | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "private" || text === "host") return text;
  const [, kind, value = ""] = /^(container|ns):(.+)$/.exec(text) ?? [];
  if (kind === "container") return `container:${value}`;
  if (kind === "ns" && value.startsWith("/")) return `ns:${value}`;
  throw badOption(option, text, "host, private, container:NAME or ns:PATH");
}

function ipcMode(text: string | undefined): IpcMode | undefined {
  return text === "shareable" || text === "none" ? text : modeOf("--ipc", text);
}
