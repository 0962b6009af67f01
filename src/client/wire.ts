import { spawn } from "node:child_process";
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import { connect as connectTls } from "node:tls";
import { EstibaError } from "../lib/error.ts";
import { type EngineAddress, formatEngineAddress, type TlsMaterial } from "./address.ts";

/** A connection to an engine, whatever it is made of. */
export type Wire = {
  readonly input: Readable;
  readonly output: Writable;
  /** Worth being kept for the next request: it took long to make. */
  readonly dear: boolean;
  /** Why it broke off, as far as the other end has said so. */
  readonly complaint: () => string | undefined;
  readonly destroy: () => void;
};

/** Connects. Throws `unavailable`, `denied` for TLS that does not come about, and the signal's reason. */
export async function dial(address: EngineAddress, signal?: AbortSignal): Promise<Wire> {
  signal?.throwIfAborted();
  if (address.kind === "ssh") return dialSsh(address);
  const socket =
    address.kind === "unix"
      ? connect({ path: address.path, allowHalfOpen: true })
      : address.tls === undefined
        ? connect({ host: address.host, port: address.port, allowHalfOpen: true })
        : connectTls({ host: address.host, port: address.port, ...tlsOptions(address.host, address.tls) });
  const ready = address.kind === "tcp" && address.tls !== undefined ? "secureConnect" : "connect";
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      socket.destroy();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", (error) => reject(noEngine(address, error)));
    socket.once("close", () => reject(noEngine(address, undefined)));
    socket.once(ready, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
  });
  socket.on("error", () => undefined);
  return {
    input: socket,
    output: socket,
    dear: address.kind === "tcp",
    complaint: () => undefined,
    destroy: () => socket.destroy(),
  };
}

function tlsOptions(host: string, { ca, cert, key, verify }: TlsMaterial) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: verify,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
  };
}

/** Estiba's, where the far side has it, else Docker's: both join stdin and stdout to the engine's socket. */
function farSide(socket: string | undefined): string {
  const [estiba, docker] =
    socket === undefined
      ? ["estiba system dial-stdio", "docker system dial-stdio"]
      : [`estiba system dial-stdio --socket ${socket}`, `docker --host unix://${socket} system dial-stdio`];
  return `if command -v estiba >/dev/null 2>&1; then exec ${estiba}; else exec ${docker}; fi`;
}

function dialSsh({ host, user, port, socket }: Extract<EngineAddress, { kind: "ssh" }>): Wire {
  const argv = [
    "-T",
    "-o",
    "ConnectTimeout=30",
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    "--",
    host,
    farSide(socket),
  ];
  const child = spawn("ssh", argv, { stdio: ["pipe", "pipe", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (bytes: Buffer) => void said.push(bytes));
  child.on("error", (error) => void said.push(Buffer.from(`ssh: ${error.message}`)));
  child.stdin.on("error", () => undefined);
  return {
    input: child.stdout,
    output: child.stdin,
    dear: true,
    complaint: () => {
      const text = Buffer.concat(said).toString("utf8").trim();
      return text === "" ? undefined : text.slice(-2000);
    },
    destroy: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.kill("SIGTERM");
    },
  };
}

/** Nobody answers there. */
export function noEngine(address: EngineAddress, cause: unknown): EstibaError {
  const place = formatEngineAddress(address);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const tls = address.kind === "tcp" && address.tls !== undefined && !/^E[A-Z]+$/.test(code) && cause !== undefined;
  if (tls)
    return new EstibaError("denied", {
      reason: "client.tls",
      what: `no secure connection to ${place} came about`,
      cause,
      fix: "look at the certificates: the server's CA, one's own, and the name in the server's",
    });
  return new EstibaError("unavailable", {
    reason: "client.no_engine",
    what: `no engine answers at ${place}`,
    ...(cause === undefined ? {} : { cause }),
    fix: "start one there (estiba system service), or choose another: --host, --context, DOCKER_HOST",
    retryable: true,
  });
}
