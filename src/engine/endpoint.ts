import { existsSync } from "node:fs";
import { join } from "node:path";
import { hostFiles } from "../network/files.ts";
import { boundFile } from "../runtime/bound-file.ts";
import type { ContainerRecord } from "../state/container.ts";
import { joinedContainer, joinedPath } from "../state/spec/namespaces.ts";
import type { Engine } from "./engine.ts";
import { containerNamespace } from "./namespaces.ts";
import { noteJoined } from "./network/joined.ts";
import { containerEnvFile, givenDns, namedFiles, ownNetns, type PreparedNetwork } from "./own-network.ts";
import { addMemberName, removeMemberName } from "./pod/member-name.ts";

/** Of who has no network of its own. */
const NOTHING_TO_CONNECT = {
  keep: [],
  warnings: [],
  state: {},
  connect: async () => undefined,
  release: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
} as const satisfies Partial<PreparedNetwork>;

/**
 * Takes addresses and host ports for a container. What networks need is loaded for who is on one. Throws `in_use` for a busy port,
 * `exhausted` without a free address.
 */
export async function prepareNetwork(engine: Engine, record: ContainerRecord): Promise<PreparedNetwork> {
  switch (record.spec.network) {
    case "host":
      return prepareHost(record);
    case "none":
      return prepareNone(record);
    case "bridge":
      return record.spec.networks === undefined
        ? await (await import("./network/prepare-default.ts")).prepareDefault(engine, record)
        : (await import("./network/prepare.ts")).prepareNetworks(engine, record);
    default:
      return prepareJoined(engine, record);
  }
}

/** Another container's network, with its files of names and addresses, or a namespace that somebody made by hand. */
function prepareJoined(engine: Engine, record: ContainerRecord): PreparedNetwork {
  const { network } = record.spec;
  const path = joinedPath(network);
  if (path !== undefined) return { ...prepareHost(record), ...namedFiles(record, []), namespace: { path } };
  const owner = joinedContainer(network) ?? "";
  noteJoined(engine, owner, record);
  const bundle = join(engine.paths.bundles, owner);
  const hosts = boundFile(bundle, "/etc/hosts");
  addMemberName(engine, record);
  return {
    ...NOTHING_TO_CONNECT,
    // Looked up when it is asked for: its owner may be on its way.
    namespace: {
      get path(): string {
        return containerNamespace(engine, "network", network) ?? "";
      },
    },
    files: { "/etc/hostname": `${record.hostname}\n`, ...containerEnvFile() },
    // With --no-hosts the owner has none of its own.
    sharedFiles: Object.fromEntries(
      Object.entries({ "/etc/hosts": hosts, "/etc/resolv.conf": boundFile(bundle, "/etc/resolv.conf") }).filter(
        ([, source]) => existsSync(source),
      ),
    ),
    [Symbol.asyncDispose]: async () => removeMemberName(engine, record),
  };
}

function prepareHost(record: ContainerRecord): PreparedNetwork {
  const { spec } = record;
  return {
    ...NOTHING_TO_CONNECT,
    namespace: "host",
    files: {
      ...hostFiles(spec.addHosts, givenDns(spec)),
      "/etc/hostname": `${record.hostname}\n`,
      ...containerEnvFile(),
    },
  };
}

function prepareNone(record: ContainerRecord): PreparedNetwork {
  const named = namedFiles(record, []);
  const own = ownNetns(record);
  return {
    namespace: own.namespace,
    keep: [],
    ...named,
    state: {},
    connect: async (init) => own.use(init, (await import("../network/loopback.ts")).loopbackOnly),
    release: () => own[Symbol.dispose](),
    [Symbol.asyncDispose]: async () => own[Symbol.dispose](),
  };
}
