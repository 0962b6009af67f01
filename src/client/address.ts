import { EstibaError } from "../lib/error.ts";

/** What TLS needs, in PEM form. */
export type TlsMaterial = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** False takes any certificate of the server's. */
  readonly verify: boolean;
};

/** Where an engine that speaks Docker's API is reached. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsMaterial }
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly user: string | undefined;
      readonly port: number | undefined;
      /** The socket on the far side; undefined for its own. */
      readonly socket: string | undefined;
    };

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads `unix:///PATH`, `tcp://HOST:PORT` (`http://` and `https://` too) or `ssh://[USER@]HOST[:PORT][/SOCKET]`. `https://`, and `tcp://`
 * with what TLS needs, are encrypted. Throws `invalid`.
 */
export function parseEngineAddress(text: string, tls?: TlsMaterial): EngineAddress {
  const [, scheme = "", rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case "unix":
      if (!rest.startsWith("/") || rest.includes("\0")) throw bad(text, "a socket is named by its absolute path");
      return { kind: "unix", path: rest };
    case "tcp":
    case "http":
      return tcpAddress(text, rest, tls);
    case "https":
      return tcpAddress(text, rest, tls ?? { verify: true });
    case "ssh":
      return sshAddress(text, rest);
    default:
      throw bad(text, "it is none of unix:///PATH, tcp://HOST:PORT and ssh://USER@HOST");
  }
}

/** As {@link parseEngineAddress} reads it. */
export function formatEngineAddress(address: EngineAddress): string {
  const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
  switch (address.kind) {
    case "unix":
      return `unix://${address.path}`;
    case "tcp":
      return `tcp://${bracketed(address.host)}:${address.port}`;
    case "ssh": {
      const { user, host, port, socket } = address;
      return `ssh://${user === undefined ? "" : `${user}@`}${bracketed(host)}${port === undefined ? "" : `:${port}`}${socket ?? ""}`;
    }
  }
}

const HOST = "(?:\\[(?<ip6>[0-9a-fA-F:.]+)\\]|(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]*))";

function tcpAddress(text: string, rest: string, tls: TlsMaterial | undefined): EngineAddress {
  const found = new RegExp(`^${HOST}?(?::(?<port>\\d{1,5}))?/?$`).exec(rest)?.groups;
  const port = Number(found?.["port"] ?? (tls === undefined ? PLAIN_PORT : TLS_PORT));
  if (found === undefined || port < 1 || port > 65_535) throw bad(text, "HOST:PORT is not right in it");
  const host = found["ip6"] ?? found["name"] ?? "127.0.0.1";
  return { kind: "tcp", host, port, ...(tls === undefined ? {} : { tls }) };
}

// Nothing in it can be taken for an option of ssh, or for more than one word by the shell of the far side.
function sshAddress(text: string, rest: string): EngineAddress {
  const pattern = `^(?:(?<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?${HOST}(?::(?<port>\\d{1,5}))?(?<socket>/[A-Za-z0-9_./@+-]*)?$`;
  const found = new RegExp(pattern).exec(rest)?.groups;
  if (found === undefined) throw bad(text, "it is not ssh://[USER@]HOST[:PORT][/SOCKET]");
  const socket = found["socket"];
  return {
    kind: "ssh",
    host: found["ip6"] ?? found["name"] ?? "",
    user: found["user"],
    port: found["port"] === undefined ? undefined : Number(found["port"]),
    socket: socket === undefined || socket === "/" ? undefined : socket,
  };
}

function bad(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "client.bad_address",
    what: `"${text}" is no address of an engine: ${why}`,
    fix: "for example unix:///run/estiba/estiba.sock or ssh://user@host",
  });
}
