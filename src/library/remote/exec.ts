import type { ApiClient, AttachedStream } from "../../client/api-client.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ExecOptions, Output } from "../contract.ts";

/** What a runtime says of a command that it cannot run, and then the exit codes that a shell has for that. */
const NOT_RUN = /^OCI runtime\b.*(?:exec failed|create failed)/;
const NO_COMMAND_CODES: readonly number[] = [126, 127];

/** Runs a command in a running container to its end, with its output apart and whole in memory. */
export async function execToEnd(
  client: ApiClient,
  id: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<Output> {
  const { signal, input } = options;
  const { Id } = await client.json<{ Id: string }>("POST", `/containers/${id}/exec`, {
    json: {
      Cmd: command,
      Env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
      User: options.user,
      WorkingDir: options.workdir,
      Privileged: options.privileged,
      AttachStdin: input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    },
    signal,
  });
  const stream = await client.attach(`/exec/${Id}/start`, { tty: false, json: { Detach: false }, signal });
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const fed = feed(stream, input);
  for await (const { stream: name, bytes } of stream.output) pieces[name].push(bytes);
  signal?.throwIfAborted();
  await fed;
  const { ExitCode } = await client.json<{ ExitCode: number | null }>("GET", `/exec/${Id}/json`, { signal });
  const exitCode = ExitCode ?? 0;
  const stdout = Buffer.concat(pieces.stdout);
  const stderr = Buffer.concat(pieces.stderr);
  const text = stdout.toString("utf8");
  if (NO_COMMAND_CODES.includes(exitCode) && NOT_RUN.test(text)) throw notRun(command[0] ?? "", exitCode, text);
  return { exitCode, stdout, stderr, text };
}

async function feed(stream: AttachedStream, input: string | Uint8Array | undefined): Promise<void> {
  if (input === undefined) return;
  try {
    await stream.send(typeof input === "string" ? Buffer.from(input) : input);
  } catch {
    // A command that ends before it has read all is no error: its exit code tells how it went.
  }
  stream.endInput();
}

function notRun(command: string, exitCode: number, said: string): EstibaError {
  // dockerd has one exit code for both.
  const missing = exitCode === 127 || /executable file not found|no such file or directory/.test(said);
  return new EstibaError(missing ? "not_found" : "denied", {
    reason: missing ? "runtime.command_not_found" : "runtime.command_not_executable",
    what: missing ? `"${command}" was not found in the container` : `"${command}" cannot be executed`,
    cause: said.trim(),
  });
}
