import { chmodSync, rmSync } from "node:fs";

/** Longer than any request is left waiting. */
const IDLE_SECONDS = 60;

type Served = { readonly path: string; readonly answer: (request: Request) => Promise<Response> };

/** Answers at a socket of this machine, until the signal. Only root can connect. */
export async function serveSocket({ path, answer }: Served, signal: AbortSignal): Promise<void> {
  // Of one that was killed: the node's lock says that none lives.
  rmSync(path, { force: true });
  // A time for one request alone counts for nothing on such a socket; one for all does, though Bun's types have none here.
  const listening = { unix: path, fetch: answer };
  const heeded: typeof listening = Object.assign(listening, { idleTimeout: IDLE_SECONDS });
  const server = Bun.serve(heeded);
  chmodSync(path, 0o600);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await server.stop(true);
  rmSync(path, { force: true });
}
