import { basename } from "node:path";
import { canMakeCgroups } from "../host/cgroup-mode.ts";
import { PROGRAM_PATH } from "../host/program-path.ts";
import { logDebug } from "../lib/log.ts";
import { runtimeKind } from "./choose-runtime.ts";
import { startByPipe } from "./crun-start.ts";
import { runtimeFailure } from "./failure.ts";
import { heldProgram } from "./sealed-program.ts";

/** An OCI runtime program with the folder it keeps its states in. */
export type OciRuntime = { readonly path: string; readonly stateFolder: string };

/**
 * The options before every verb: all runtimes take `--root`. runsc is told to use the kernel's network stack in the namespace it is given:
 * its own would take the addresses away, and where the kernel shows net.core.rmem_default in every namespace (6.x), it takes each for the
 * host's and refuses.
 */
export function runtimeArgs(runtime: OciRuntime): string[] {
  const network = isSandbox(runtime.path) ? ["--network=host"] : [];
  // crun would insist on one; runc takes it as it is.
  const cgroups = runtimeKind(runtime.path) === "crun" && !canMakeCgroups() ? ["--cgroup-manager=disabled"] : [];
  return ["--root", runtime.stateFolder, ...network, ...cgroups];
}

/** Whether the runtime (gVisor's runsc) keeps the container's processes and files behind a kernel of its own: the host's /proc shows none of them. */
export function isSandbox(path: string): boolean {
  return basename(path) === "runsc";
}

/** `start`: lets a created container's command begin. Throws the runtime's words, typed. */
export async function runtimeStart(runtime: OciRuntime, id: string): Promise<void> {
  if (startByPipe(runtime, id)) return;
  await callRuntime(runtime, ["start", id], id);
}

/** `delete --force`: kills what is left, removes cgroup and state. A container the runtime does not know is no error. */
export async function runtimeDelete(runtime: OciRuntime, id: string): Promise<void> {
  try {
    await callRuntime(runtime, ["delete", "--force", id], id);
  } catch (error) {
    if (
      /does not exist|No such file|cannot open `?\/?.*status/i.test(error instanceof Error ? String(error.cause) : "")
    )
      return;
    throw error;
  }
}

/** `pause`: the kernel holds every process of the container. Throws the runtime's words, typed. */
export async function runtimePause(runtime: OciRuntime, id: string): Promise<void> {
  await callRuntime(runtime, ["pause", id], id);
}

/** `resume`: they go on. Throws the runtime's words, typed. */
export async function runtimeResume(runtime: OciRuntime, id: string): Promise<void> {
  await callRuntime(runtime, ["resume", id], id);
}

/** `update`: gives a container the limits that a file holds, in the words of the runtime spec; those not named stay. */
export async function runtimeUpdate(runtime: OciRuntime, id: string, file: string): Promise<void> {
  await callRuntime(runtime, ["update", "--resources", file, id], id);
}

async function callRuntime(runtime: OciRuntime, args: readonly string[], id: string): Promise<void> {
  const words = [...runtimeArgs(runtime), ...args];
  logDebug(() => `running ${[runtime.path, ...words].join(" ")}`);
  const { path, pass } = heldProgram(runtime.path);
  const child = Bun.spawn({
    cmd: [path, ...words],
    argv0: runtime.path,
    env: { PATH: PROGRAM_PATH },
    stdio: ["ignore", "ignore", "pipe", ...pass],
  });
  const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code !== 0) throw runtimeFailure(stderr, { id });
}
