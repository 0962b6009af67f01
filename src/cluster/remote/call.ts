import type { PeerCertificate } from "node:tls";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { fromWire, type WireError } from "../../lib/wire-error.ts";

/** Whom a node trusts, and how it proves who it is. PEM. */
export type Credentials = { readonly ca: string; readonly cert?: string; readonly key?: string };

type Calling = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** Undefined trusts anybody: only for what is then held against a token. */
  readonly credentials: Credentials | undefined;
};

/** Asks a manager; the answer is there, its body not yet read. Throws what the manager says, and `unavailable` when none answers. */
export async function callManager(
  manager: string,
  { method, path, body, signal, credentials }: Calling,
): Promise<Response> {
  const response = await send(manager, path, {
    method,
    signal,
    // A silent stream is none that has ended.
    timeout: false,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    tls:
      credentials === undefined
        ? { rejectUnauthorized: false }
        : { ...credentials, checkServerIdentity: requireManager },
  });
  if (response.ok) return response;
  throw fromWire((await response.json()) as WireError);
}

async function send(manager: string, path: string, init: BunFetchRequestInit): Promise<Response> {
  try {
    return await fetch(`https://${manager}${path}`, init);
  } catch (error) {
    throw notReached(manager, error);
  }
}

/** The error for a manager that was not reached, or has not proven that it is one. */
export function notReached(manager: string, cause: unknown): EstibaError {
  if (hasCode(cause, "CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID")) return clockOff(manager, cause);
  return new EstibaError("unavailable", {
    reason: "cluster.no_manager",
    what: `the manager at ${manager} does not answer, or is none of this cluster`,
    cause,
    fix: "see that the address is right, that it runs there (estiba node ls), and whether a firewall is between",
    retryable: true,
  });
}

/** Managers renew their certificates long before they end, and those begin an hour early. */
function clockOff(manager: string, cause: unknown): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.clock_off",
    what: `the certificate of the manager at ${manager} is not valid at ${new Date().toISOString()}: a clock is off`,
    cause,
    fix: "set the clocks of both machines; tasks run on meanwhile",
    retryable: true,
  });
}

/** Every node has a certificate of the same root: only a manager may give orders, whatever its name or address. */
export function requireManager(_host: string, { subject }: PeerCertificate): Error | undefined {
  return subject.OU === "swarm-manager" ? undefined : new Error("it has no certificate of a manager");
}
