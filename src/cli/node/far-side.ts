import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { feed } from "../../lib/feed.ts";
import { hasCode } from "../../lib/has-code.ts";
import { addressOf, sshProgram, startSsh } from "../ssh.ts";

/** Another machine, on which commands are run. */
export type FarSide = AsyncDisposable & {
  /** What a command prints there. What it and ssh say besides stands on stderr. Throws `unavailable` when it fails. */
  readonly run: (command: readonly string[], stdin?: string | AsyncIterable<Uint8Array>) => Promise<string>;
};

type Reaching = { readonly identity: string | undefined; readonly signal: AbortSignal };

/** The way to a machine by ssh: one connection for all commands, so that ssh asks once for what it has to ask. */
export function reachFarSide(host: string, { identity, signal }: Reaching): FarSide {
  const folder = mkdtempSync(join(tmpdir(), "estiba-ssh-"));
  const socket = `ControlPath=${join(folder, "s")}`;
  const shared = ["-T", "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", socket];
  const options = [...shared, ...(identity === undefined ? [] : ["-i", identity])];
  return {
    run: async (command, stdin = "") => {
      await using ssh = startSsh(host, command, { signal, options, said: "shown", trial: "true" });
      const printed = new Response(ssh.stdout).text();
      const input = typeof stdin === "string" ? [Buffer.from(stdin)] : stdin;
      await feed(chunks(input), ssh.stdin).catch((error: unknown) => {
        // What it ends with says more.
        if (!hasCode(error, "EPIPE")) throw error;
      });
      await ssh.succeeded();
      return await printed;
    },
    [Symbol.asyncDispose]: async () => {
      // Where there is no connection, there is none to be ended.
      const argv = [sshProgram(), "-O", "exit", "-o", socket, ...addressOf(host)];
      await Bun.spawn(argv, { stdio: ["ignore", "ignore", "ignore"] }).exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function* chunks(input: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* input;
}
