import { EstibaError } from "../../lib/error.ts";
import { feed } from "../../lib/feed.ts";
import { hasCode } from "../../lib/has-code.ts";

/** What an ssh client takes for a machine: `[USER@]HOST` or `ssh://[USER@]HOST[:PORT]`. */
export function isHost(text: string): boolean {
  return /^(?:ssh:\/\/)?(?:[^\s/@:-][^\s/@:]*@)?(?:[\w.][\w.-]*|\[[0-9a-fA-F:]+\])(?::\d+)?$/.test(text);
}

type Run = { readonly signal: AbortSignal };

/** Lets the store of another machine load an archive; gives what `load` prints there. Throws `unavailable` with what ssh or the other side says. */
export async function loadThere(host: string, archive: AsyncIterable<Uint8Array>, { signal }: Run): Promise<string> {
  await using ssh = startSsh(host, ["estiba", "load", "--quiet"], signal);
  const feeding = feed(archive, ssh.stdin).catch((error: unknown) => {
    // What it ends with says more.
    if (!hasCode(error, "EPIPE")) throw error;
  });
  const printed = new Response(ssh.stdout).text();
  await feeding;
  await ssh.succeeded();
  return await printed;
}

/** The archive of an image in the store of another machine. Throws `unavailable` with what ssh or the other side says. */
export async function* saveThere(host: string, image: string, { signal }: Run): AsyncGenerator<Uint8Array> {
  await using ssh = startSsh(host, ["estiba", "save", "--", image], signal);
  await ssh.stdin.end();
  yield* ssh.stdout;
  await ssh.succeeded();
}

type Ssh = AsyncDisposable & {
  readonly stdin: Bun.FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Ends when it has ended well. */
  readonly succeeded: () => Promise<void>;
};

// What it has to ask, a password or whether a key is right, it asks at the terminal by itself.
function startSsh(host: string, command: readonly string[], signal: AbortSignal): Ssh {
  signal.throwIfAborted();
  const program = Bun.which("ssh");
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "image.scp_no_ssh",
      what: "another machine is reached by ssh, and there is no ssh program",
      fix: "install it: apt-get install openssh-client",
    });
  }
  const argv = [program, ...addressOf(host), command.map(quote).join(" ")];
  const child = Bun.spawn(argv, { stdio: ["pipe", "pipe", "pipe"], signal });
  const said = new Response(child.stderr).text();
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    succeeded: async () => {
      const code = await child.exited;
      signal.throwIfAborted();
      if (code !== 0) throw failed(host, command, { code, said: (await said).trim() });
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.exited;
    },
  };
}

function addressOf(host: string): string[] {
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
  { code, said }: { readonly code: number; readonly said: string },
): EstibaError {
  return new EstibaError("unavailable", {
    reason: "image.scp_failed",
    what: `${command.slice(0, 2).join(" ")} on ${host} ended with exit code ${code}`,
    ...(said === "" ? {} : { cause: new Error(said) }),
    fix: `see whether this works: ssh ${addressOf(host)
      .filter((word) => word !== "--")
      .join(" ")} estiba --version`,
  });
}
