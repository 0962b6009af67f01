import { EstibaError } from "../lib/error.ts";

/** What an ssh client takes for a machine: `[USER@]HOST` or `ssh://[USER@]HOST[:PORT]`. */
export function isHost(text: string): boolean {
  return /^(?:ssh:\/\/)?(?:[^\s/@:-][^\s/@:]*@)?(?:[\w.][\w.-]*|\[[0-9a-fA-F:]+\])(?::\d+)?$/.test(text);
}

type Running = {
  readonly signal: AbortSignal;
  /** Words for ssh itself. */
  readonly options?: readonly string[];
  /** `shown`: what ssh and the other side say stands on stderr as it comes; otherwise it is part of the error. */
  readonly said?: "kept" | "shown";
  /** A command of which the user can see whether the way is free. */
  readonly trial: string;
};

export type Ssh = AsyncDisposable & {
  readonly stdin: Bun.FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Ends when it has ended well. Throws `unavailable` with what ssh or the other side says. */
  readonly succeeded: () => Promise<void>;
};

/**
 * Runs a command on another machine by the user's ssh client. What that has to ask, a password or whether a key is right, it asks at the
 * terminal by itself. Throws `unsupported` where there is none.
 */
export function startSsh(host: string, command: readonly string[], running: Running): Ssh {
  const { signal, options = [], said = "kept" } = running;
  signal.throwIfAborted();
  const argv = [sshProgram(), ...options, ...addressOf(host), command.map(quote).join(" ")];
  const child = Bun.spawn(argv, { stdio: ["pipe", "pipe", said === "kept" ? "pipe" : "inherit"], signal });
  const text = child.stderr instanceof ReadableStream ? new Response(child.stderr).text() : "";
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    succeeded: async () => {
      const code = await child.exited;
      signal.throwIfAborted();
      if (code !== 0) throw failed(host, command, { ...running, code, text: (await text).trim() });
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

/** The user's ssh client. Throws `unsupported` where there is none. */
export function sshProgram(): string {
  const program = Bun.which("ssh");
  if (program !== null) return program;
  throw new EstibaError("unsupported", {
    reason: "cli.no_ssh",
    what: "another machine is reached by ssh, and there is no ssh program",
    fix: "install it: apt-get install openssh-client",
  });
}

/** The words that name the machine. */
export function addressOf(host: string): string[] {
  const [, address = "", port] = /^(?:ssh:\/\/)?(.*?)(?::(\d+))?$/.exec(host) ?? [];
  // Brackets are how an address is told from its port.
  const bare = address.replace(/\[(.*)\]$/, "$1");
  return [...(port === undefined ? [] : ["-p", port]), "--", bare];
}

/** A word as a shell of the other side reads it. */
function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function failed(
  host: string,
  command: readonly string[],
  { code, text, trial }: Running & { readonly code: number; readonly text: string },
): EstibaError {
  const shown = command.slice(0, 2).join(" ");
  return new EstibaError("unavailable", {
    reason: "cli.ssh_failed",
    what: `${shown === "sh -c" ? "a command" : shown} on ${host} ended with exit code ${code}`,
    ...(text === "" ? {} : { cause: new Error(text) }),
    fix: `see whether this works: ssh ${addressOf(host)
      .filter((word) => word !== "--")
      .join(" ")} ${trial}`,
  });
}
