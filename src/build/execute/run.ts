import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changesOf } from "../../engine/commit/layer.ts";
import { defineContainer } from "../../engine/define.ts";
import type { Engine } from "../../engine/engine.ts";
import { runOnce } from "../../engine/run-once.ts";
import { EstibaError } from "../../lib/error.ts";
import { emptyProcess } from "../../oci/image-config.ts";
import { hostPlatform } from "../../oci/platform.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { BindMount, MountSpec } from "../../state/spec/mounts.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import type { RunStep } from "../plan/step.ts";
import { type StageFiles, type StoredLayer, storeLayer } from "./files.ts";

/** What every RUN of a build gets. */
export type RunSettings = {
  readonly addHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly resources: Resources;
  readonly ulimits: ContainerSpec["ulimits"];
  readonly security: SecuritySpec;
  /** Folders of the host that every RUN sees. */
  readonly volumes: readonly BindMount[];
  /** Variables that are in no history and no cache key. */
  readonly proxies: readonly string[];
  /** Used where a step asks for `default`. */
  readonly network: "bridge" | "none" | "host";
};

/** The network of a step: its own, else the one that the build has. */
export function networkOf(step: RunStep, settings: RunSettings): RunSettings["network"] {
  return step.network === "default" ? settings.network : step.network;
}

type RunWork = {
  readonly step: RunStep & { readonly title: string };
  readonly files: StageFiles;
  readonly settings: RunSettings;
  readonly mounts: readonly MountSpec[];
  /** In place of the time of every file that it changes. */
  readonly timestamp: number | undefined;
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly signal: AbortSignal;
};

/** The rights that a container has by default. */
export const RUN_SECURITY: SecuritySpec = {
  privileged: false,
  capAdd: [],
  capDrop: [],
  readOnlyRoot: false,
  readOnlyTmpfs: true,
  noNewPrivileges: false,
  seccomp: "default",
  mask: [],
  unmask: [],
};

/** Where a script of the Containerfile is bound into its container. */
const SCRIPT = "/run/estiba-script";

/**
 * Runs a command on the stage's files, with the rights that a container has by default; what it changed is a layer, undefined for nothing.
 * Throws `build.command_failed` with the exit code in its details.
 */
export async function executeRun(engine: Engine, work: RunWork): Promise<StoredLayer | undefined> {
  const { step, files, timestamp, onOutput, signal } = work;
  const script = step.script === undefined ? undefined : writeScript(engine, step.script);
  try {
    const record = recordFor(work, script);
    await using ran = await runOnce(engine, record, { onOutput, signal });
    if (ran.code !== 0) throw commandFailed(step, ran.code);
    return await storeLayer(engine, files, changesOf(engine, record, timestamp), signal);
  } finally {
    if (script !== undefined) rmSync(script, { force: true });
  }
}

function recordFor({ step, files, settings, mounts }: RunWork, script: string | undefined): ContainerRecord {
  const network = networkOf(step, settings);
  const scriptMount: MountSpec[] =
    script === undefined
      ? []
      : [{ type: "bind", source: script, target: SCRIPT, readOnly: true, propagation: "rprivate", recursive: false }];
  const spec: ContainerSpec = {
    image: "build",
    command: script === undefined ? step.argv : [SCRIPT],
    env: [...settings.proxies, ...step.env],
    workdir: step.cwd,
    ...(step.user === "" ? {} : { user: step.user }),
    groupAdd: [],
    labels: {},
    annotations: {},
    tty: false,
    interactive: false,
    autoRemove: true,
    stopTimeout: 0,
    network,
    ports: [],
    publishAll: false,
    expose: [],
    addHosts: settings.addHosts,
    dns: settings.dns,
    dnsSearch: settings.dnsSearch,
    dnsOptions: settings.dnsOptions,
    mounts: [...mounts, ...settings.volumes, ...scriptMount],
    imageVolumes: "ignore",
    resources: settings.resources,
    security: { ...settings.security, privileged: step.insecure },
    ulimits: settings.ulimits,
    sysctls: {},
    devices: [],
    log: { driver: "none" },
  };
  const id = createHash("sha256").update(crypto.randomUUID()).digest("hex");
  const image = {
    id: "",
    name: "build",
    chainId: files.chain.at(-1) ?? "",
    config: { ...hostPlatform(), process: emptyProcess(), diffIds: [], history: [] },
  };
  return defineContainer(spec, image, {
    id,
    name: `build-${id.slice(0, 12)}`,
    createdAt: Date.now(),
    newVolumeName: () => id,
    hostname: network === "host" ? undefined : "buildkitsandbox",
  });
}

function writeScript(engine: Engine, text: string): string {
  const path = join(engine.paths.temporary, `script-${crypto.randomUUID()}`);
  mkdirSync(engine.paths.temporary, { recursive: true, mode: 0o700 });
  writeFileSync(path, text);
  // Whoever USER is must be able to run it, whatever our umask.
  chmodSync(path, 0o755);
  return path;
}

function commandFailed({ title, argv }: RunWork["step"], code: number): EstibaError {
  const command = argv.length === 0 ? title : argv.join(" ");
  return new EstibaError("invalid", {
    reason: "build.command_failed",
    what: `process "${command.length > 200 ? `${command.slice(0, 200)}...` : command}" did not complete successfully: exit code: ${code}`,
    details: { exitCode: code },
  });
}
