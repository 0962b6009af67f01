// The library: what `import { Engine } from "estiba"` gives.
import { specFromWords } from "./cli/container/spec-from-words.ts";
import { type EngineOptions, LocalEngine } from "./library/engine.ts";

export type { ErrorCode } from "./lib/error.ts";
export { EstibaError, isEstibaError } from "./lib/error.ts";
export type { Address, Container, ContainerStatus } from "./library/container.ts";
export type { Containers } from "./library/containers.ts";
export type { EngineOptions, EventsOptions } from "./library/engine.ts";
export type { ExecOptions, Output } from "./library/exec.ts";
export type { Image, Images } from "./library/images.ts";
export type { LogLine } from "./library/lines.ts";
export type { Network, NetworkOptions, Networks } from "./library/networks.ts";
export type { ContainerOptions, HealthOption, MountOption, PortOption } from "./library/options.ts";
export type { PullOptions } from "./library/pull.ts";
export type { Volume, VolumeOptions, Volumes } from "./library/volumes.ts";
export type { Readiness } from "./library/wait-until.ts";

export type Engine = LocalEngine;

export const Engine = {
  /** Opens an engine of this machine. Throws `denied` or `corrupt` where its folders cannot be used. */
  async open(options: EngineOptions = {}): Promise<Engine> {
    // The words are those of a program, which names no command line: containers.conf gives its defaults all the same.
    const engine = new LocalEngine(options, (words, image, command) => specFromWords(words, image, command));
    await Promise.resolve();
    return engine;
  },
};
