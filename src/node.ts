// The library: what `import { Engine } from "estiba"` gives under Node, where an engine is reached over a socket.
import type { EngineOptions, Engine as EngineType } from "./library/contract.ts";
import { openRemote } from "./library/remote/open.ts";

export type { ErrorCode } from "./lib/error.ts";
export { EstibaError, isEstibaError } from "./lib/error.ts";
export type * from "./library/contract.ts";
export type { ContainerOptions, HealthOption, MountOption, PortOption } from "./library/options.ts";

export type Engine = EngineType;

export const Engine = {
  /**
   * Opens the engine that `host`, CONTAINER_HOST or DOCKER_HOST name, else the one of this machine, for which a service is started where none
   * answers. Throws `unavailable`.
   */
  async open(options: EngineOptions = {}): Promise<Engine> {
    return await openRemote(options);
  },
};
