import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { writeSysctl } from "../host/sysctl.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import type { RuntimeSpec } from "../oci/runtime-spec.ts";
import { chooseRuntime } from "../runtime/choose-runtime.ts";
import { runtimeFailure } from "../runtime/failure.ts";
import { type OciRuntime, runtimeArgs, runtimeDelete } from "../runtime/oci-runtime.ts";
import { heldProgram } from "../runtime/sealed-program.ts";
import type { ContainerRecord } from "../state/container.ts";
import { removeSnapshot } from "../storage/snapshot.ts";
import { removeCgroups } from "./check/cgroups.ts";
import { prepareNetwork } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import { lockContainer } from "./locks.ts";
import type { NetworkNamespace } from "./namespaces.ts";
import { prepareBundle } from "./prepare-bundle.ts";
import { prepareRoot } from "./prepare-root.ts";
import { cgroupPath, runtimeStateFolder } from "./runtime-places.ts";

type OnceOptions = {
  /** Called with what it prints, as it comes. */
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly signal: AbortSignal;
};

/** A command that has ended; what it changed is in the record's snapshot until this is disposed. */
export type RanOnce = AsyncDisposable & { readonly code: number };

const SETPRIV = "/usr/bin/setpriv";
const UNSHARE = "/usr/bin/unshare";
const NSENTER = "/usr/bin/nsenter";

/**
 * Runs a command in a container that is written down nowhere: no monitor, no name, no state; the OCI runtime itself waits for it. Rights,
 * filters, cgroup and network are those of any container. It ends with this process, however that ends; what a kill leaves on disk and in
 * the kernel `system check` knows by the id. Throws what making a container throws, `runtime.command_not_found`, the signal's reason.
 */
export async function runOnce(engine: Engine, record: ContainerRecord, options: OnceOptions): Promise<RanOnce> {
  const { id } = record;
  const bundle = join(engine.paths.bundles, id);
  await using undo = new AsyncDisposableStack();
  // Held for as long as anything of it exists: whoever checks sees that somebody works on it.
  const lock = await lockContainer(engine, id);
  undo.defer(() => {
    lock.discard();
    lock[Symbol.dispose]();
  });
  undo.defer(() => void removeSnapshot(engine.paths.root, id));
  const code = await runInSnapshot(engine, record, { ...options, bundle });
  const kept = undo.move();
  return { code, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function runInSnapshot(
  engine: Engine,
  record: ContainerRecord,
  { bundle, onOutput, signal }: OnceOptions & { bundle: string },
): Promise<number> {
  const { id } = record;
  const program = chooseRuntime({ wanted: record.spec.runtime ?? engine.runtime });
  const runtime: OciRuntime = { path: program.path, stateFolder: runtimeStateFolder(engine) };
  using staged = new DisposableStack();
  await using undo = new AsyncDisposableStack();
  mkdirSync(bundle, { recursive: true, mode: 0o700 });
  undo.defer(() => rmSync(bundle, { recursive: true, force: true }));
  const network = undo.use(await prepareNetwork(engine, record));
  await prepareRoot(engine, record, { undo, staged }, (rootfs, rootFd) =>
    prepareBundle(engine, { record, program, rootfs, rootFd, network, staged }),
  );
  await network.connect();
  signal.throwIfAborted();
  undo.defer(() => removeCgroups(cgroupPath(engine, record)));
  const wrapper = wrapperFor(runtime, bundle, network.namespace);
  return await runProgram(runtime, { id, bundle, wrapper, onOutput, signal, command: record.process.args[0] });
}

type Running = OnceOptions & {
  readonly id: string;
  readonly bundle: string;
  /** Words before the runtime's. */
  readonly wrapper: readonly string[];
  readonly command: string | undefined;
};

async function runProgram(
  runtime: OciRuntime,
  { id, bundle, wrapper, onOutput, signal, command }: Running,
): Promise<number> {
  const log = join(bundle, "runtime.log");
  const program = heldProgram(runtime.path);
  const child = Bun.spawn({
    cmd: [
      ...wrapper,
      program.path,
      ...runtimeArgs(runtime),
      "--log",
      "runtime.log",
      "--log-format",
      "json",
      "run",
      "--bundle",
      bundle,
      id,
    ],
    cwd: bundle,
    // Out of the terminal's reach: Ctrl-C comes to us.
    detached: true,
    env: { PATH: PROGRAM_PATH },
    stdio: ["ignore", "pipe", "pipe", ...program.pass],
  });
  // The whole group: unshare's child is not bound to it yet in its first moments.
  const kill = (): void => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error;
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  try {
    const [code] = await Promise.all([child.exited, pour(child.stdout, onOutput), pour(child.stderr, onOutput)]);
    signal.throwIfAborted();
    const said = code === 0 ? "" : readLog(log);
    if (said !== "") throw runtimeFailure(said, { id, command });
    return code;
  } catch (error) {
    await runtimeDelete(runtime, id);
    throw error;
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/**
 * Words before the runtime's that take it, and every process of the container, with us when this process is killed: they are all in one pid
 * namespace, whose first process is the runtime. Throws `unsupported` without util-linux's programs.
 */
function wrapperFor(runtime: OciRuntime, bundle: string, network: NetworkNamespace): string[] {
  if (![SETPRIV, UNSHARE, NSENTER].every((path) => existsSync(path))) {
    throw new EstibaError("unsupported", {
      reason: "runtime.no_util_linux",
      what: "the programs setpriv, unshare and nsenter are missing",
      fix: "install them: apt-get install util-linux",
    });
  }
  const ending = [SETPRIV, "--pdeathsig", "KILL", "--"];
  const apart = [UNSHARE, "--pid", "--fork", "--kill-child=KILL"];
  // crun asks the kernel for its processes by descriptors; runc looks for them in /proc, which must be that of the namespace.
  if (basename(runtime.path) === "crun") return [...ending, ...apart, "--"];
  if (typeof network !== "object") return [...ending, ...apart, "--mount-proc", "--"];
  // And there our own descriptors, by which it would find the network's namespace, are not: it begins in that, and stays.
  leaveNetworkOut(join(bundle, "config.json"), network.path);
  return [...ending, NSENTER, `--net=${network.path}`, "--", ...apart, "--mount-proc", "--"];
}

// runc sets nothing of a network that it has not joined by itself.
function leaveNetworkOut(config: string, netns: string): void {
  const spec = JSON.parse(readFileSync(config, "utf8")) as RuntimeSpec;
  const namespaces = spec.linux.namespaces.filter(({ type }) => type !== "network");
  const sysctls = Object.entries(spec.linux.sysctl ?? {});
  const isOfNetwork = ([name]: [string, string]): boolean => name.startsWith("net.");
  const fd = openSync(netns, constants.O_RDONLY);
  try {
    for (const [name, value] of sysctls.filter(isOfNetwork)) writeSysctl(name.replaceAll(".", "/"), value, fd);
  } finally {
    closeSync(fd);
  }
  const sysctl = Object.fromEntries(sysctls.filter((entry) => !isOfNetwork(entry)));
  writeFileSync(config, JSON.stringify({ ...spec, linux: { ...spec.linux, namespaces, sysctl } }));
}

async function pour(stream: ReadableStream<Uint8Array>, onOutput: (bytes: Uint8Array) => void): Promise<void> {
  for await (const chunk of stream) onOutput(chunk);
}

function readLog(path: string): string {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.includes('"error"'))
      .join("\n");
  } catch (error) {
    // The runtime makes the file only when it has something to say.
    if (hasCode(error, "ENOENT")) return "";
    throw error;
  }
}
