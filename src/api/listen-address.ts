import { EstibaError } from "../lib/error.ts";

/** Where the service listens. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** A socket that was handed over, as systemd does. */
  | { readonly kind: "fd"; readonly fd: number };

type Environment = Readonly<Record<string, string | undefined>>;

/** The first descriptor that systemd hands over (sd_listen_fds(3)). */
const FIRST_FD = 3;

/**
 * Reads `unix:///PATH`, `tcp://HOST:PORT` or `fd://`. Without one: the socket that systemd hands over, else `estiba.sock` in the run root.
 * Throws `invalid`.
 */
export function parseListenAddress(
  text: string | undefined,
  { environment, pid, runRoot }: { environment: Environment; pid: number; runRoot: string },
): ListenAddress {
  const handed = handedOver(environment, pid);
  if (text === undefined)
    return handed === undefined ? { kind: "unix", path: `${runRoot}/estiba.sock` } : { kind: "fd", fd: handed };
  const [, scheme, rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === "unix" && rest.startsWith("/") && !rest.includes("\0")) return { kind: "unix", path: rest };
  if (scheme === "tcp") return tcpAddress(text, rest);
  if (scheme === "fd") {
    if (handed !== undefined) return { kind: "fd", fd: handed };
    throw bad(
      text,
      "there is no socket on descriptor 3: LISTEN_FDS and LISTEN_PID do not say so",
      "fd:// is for systemd: see docs/api.md",
    );
  }
  throw bad(
    text,
    "it is none of unix:///PATH, tcp://HOST:PORT and fd://",
    "for example unix:///run/estiba/estiba.sock",
  );
}

function handedOver(environment: Environment, pid: number): number | undefined {
  const meant = environment["LISTEN_PID"] === String(pid);
  return meant && Number(environment["LISTEN_FDS"]) >= 1 ? FIRST_FD : undefined;
}

function tcpAddress(text: string, rest: string): ListenAddress {
  const [, host6, host4, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]*)):(\d{1,5})\/?$/.exec(rest) ?? [];
  const number = Number(port);
  if (port === undefined || number > 65_535)
    throw bad(text, "HOST:PORT is missing in it", "for example tcp://127.0.0.1:2376");
  const host = host6 ?? host4 ?? "";
  return { kind: "tcp", host: host === "" ? "127.0.0.1" : host, port: number };
}

function bad(text: string, why: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "api.bad_address", what: `cannot listen at "${text}": ${why}`, fix });
}
