import { nameBytes } from "./message.ts";

/** A port that those behind a name listen on. */
export type NamedPort = { readonly protocol: "tcp" | "udp" | "sctp"; readonly port: number };

/** What is asked for by `_80._tcp.web`, `_http._tcp.web` or just `web`. */
export type ServiceQuestion = {
  /** Whose ports. */
  readonly name: string;
  readonly protocol?: string;
  /** A number, or the word for one, which is not known here. */
  readonly port?: string;
};

/** Reads the name of a question for ports (RFC 2782). */
export function serviceQuestion(name: string): ServiceQuestion {
  const { port, protocol, rest } =
    /^_(?<port>[a-z0-9-]+)\._(?<protocol>tcp|udp|sctp)\.(?<rest>.+)$/.exec(name)?.groups ?? {};
  return port === undefined || protocol === undefined || rest === undefined ? { name } : { name: rest, protocol, port };
}

/** Those of the ports that are asked for: by number; a word means the only one of its protocol. */
export function portsAskedFor(ports: readonly NamedPort[], { protocol, port }: ServiceQuestion): readonly NamedPort[] {
  const fitting = ports.filter((each) => protocol === undefined || each.protocol === protocol);
  if (port === undefined) return fitting;
  if (/^\d+$/.test(port)) return fitting.filter((each) => each.port === Number(port));
  return fitting.length === 1 ? fitting : [];
}

/** The label by which one of several who share a name is found: its address, `10-33-0-4.tasks.web`. */
export function addressLabel(ip: string): string {
  return ip.replaceAll(/[.:]/g, "-");
}

/** A record's data: all are alike in priority and weight. */
export function srvData(port: number, target: string): Uint8Array {
  return Buffer.concat([Buffer.of(0, 0, 0, 0, port >> 8, port & 0xff), nameBytes(target)]);
}
