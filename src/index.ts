// The library: what `import { Engine } from "estiba"` gives under Bun.
import { specFromWords } from "./cli/container/spec-from-words.ts";
import type { EngineOptions, Engine as EngineType } from "./library/contract.ts";
import { LocalEngine } from "./library/local/engine.ts";
import { namesRemote, openRemote } from "./library/remote/open.ts";

export type { ErrorCode } from "./lib/error.ts";
export { EstibaError, isEstibaError } from "./lib/error.ts";
export type * from "./library/contract.ts";
export type { ContainerOptions, HealthOption, MountOption, PortOption } from "./library/options.ts";

export type Engine = EngineType;

export const Engine = {
  /**
   * Opens an engine: of this machine, in this process; or another, where `host`, CONTAINER_HOST or DOCKER_HOST name it, unless folders are
   * named. Throws `denied` or `corrupt` where its folders cannot be used, `unavailable` where nobody answers.
   */
  async open(options: EngineOptions = {}): Promise<Engine> {
    if (namesRemote(options)) return await openRemote(options);
    // The words are those of a program, which names no command line: containers.conf gives its defaults all the same.
    return new LocalEngine(options, (words, image, command) => specFromWords(words, image, command));
  },
};
