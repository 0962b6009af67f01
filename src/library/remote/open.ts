import { join, resolve } from "node:path";
import { ApiClient } from "../../client/api-client.ts";
import { ensureService, findServiceBinary } from "../../client/own-service.ts";
import { addressOfHost } from "../../client/resolve.ts";
import type { Engine, EngineOptions } from "../contract.ts";
import { RemoteEngine } from "./engine.ts";

const SYSTEM_RUN_ROOT = "/run/estiba";

/** Whether options, or variables where no folders are named, say that the engine is to be asked over a connection. */
export function namesRemote(options: EngineOptions): boolean {
  return hostOf(options) !== undefined;
}

function hostOf({ host, root, runRoot }: EngineOptions): string | undefined {
  if (host !== undefined) return host;
  if (root !== undefined || runRoot !== undefined) return undefined;
  return process.env["CONTAINER_HOST"] || process.env["DOCKER_HOST"] || undefined;
}

/** Opens an engine over a connection; see `Engine.open`. Throws `unavailable`, `invalid`. */
export async function openRemote(options: EngineOptions): Promise<Engine> {
  const client = clientOf(options);
  try {
    await client.json("GET", "/version");
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
  return new RemoteEngine(client);
}

function clientOf(options: EngineOptions): ApiClient {
  const host = hostOf(options);
  if (host !== undefined) return new ApiClient(addressOfHost(host, {}, process.env));
  const { root, runRoot, runtime, binary } = options;
  // As the command would choose them.
  const runFolder = resolve(runRoot ?? (process.env["ESTIBA_RUNROOT"] || SYSTEM_RUN_ROOT));
  const socket = join(runFolder, "estiba.sock");
  const revive = async (): Promise<boolean> => {
    const command = [
      findServiceBinary(binary, process.env),
      ...(root === undefined ? [] : ["--root", resolve(root)]),
      ...(runRoot === undefined ? [] : ["--runroot", runFolder]),
      ...(runtime === undefined ? [] : ["--runtime", runtime]),
    ];
    await ensureService({ socket, command });
    return true;
  };
  return new ApiClient({ kind: "unix", path: socket }, { revive });
}
