import { feed } from "../../lib/feed.ts";
import { hasCode } from "../../lib/has-code.ts";
import { startSsh } from "../ssh.ts";

type Run = { readonly signal: AbortSignal };

const TRIAL = "estiba --version";

/** Lets the store of another machine load an archive; gives what `load` prints there. Throws `unavailable` with what ssh or the other side says. */
export async function loadThere(host: string, archive: AsyncIterable<Uint8Array>, { signal }: Run): Promise<string> {
  await using ssh = startSsh(host, ["estiba", "load", "--quiet"], { signal, trial: TRIAL });
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
  await using ssh = startSsh(host, ["estiba", "save", "--", image], { signal, trial: TRIAL });
  await ssh.stdin.end();
  yield* ssh.stdout;
  await ssh.succeeded();
}
