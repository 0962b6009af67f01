import { readOrEmpty } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import { nameserversOf, parseIp } from "./address.ts";
import { HOST_NAMES } from "./host-names.ts";

export type HostsOptions = {
  /** Addresses of the container; empty on the network `none`. */
  readonly addresses: readonly string[];
  /** The host name first, then further names such as the container's. */
  readonly names: readonly string[];
  /** Values of `--add-host`: `NAME:ADDRESS` or `NAME=ADDRESS`, also with several names, `A;B:ADDRESS`. */
  readonly extraHosts?: readonly string[];
  /** The host, as the container reaches it: what {@link HOST_NAMES} and the address `host-gateway` of an extra host stand for. */
  readonly gateway?: string;
};

const LOOPBACK = "127.0.0.1";

const LOCAL_HOSTS = [
  `${LOOPBACK}\tlocalhost`,
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::0\tip6-localnet",
  "ff00::0\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
];

/**
 * The text of a container's /etc/hosts, in Docker's shape: localhost, extra hosts, the host, a line per address of its own.
 * Throws `invalid` for a malformed extra host.
 */
export function hostsText({ addresses, names, extraHosts = [], gateway }: HostsOptions): string {
  const own = [...new Set(names.filter((name) => name !== ""))].join(" ");
  return lines([
    ...LOCAL_HOSTS,
    ...extraHosts.map((text) => extraLine(text, gateway)),
    ...hostLine(extraHosts, gateway),
    ...(own === "" ? [] : addresses.map((address) => `${address}\t${own}`)),
  ]);
}

/** `--dns`, `--dns-search`, `--dns-option`: each, where not empty, replaces what the host has; a search of "." means none. */
export type ResolvOptions = {
  readonly servers?: readonly string[];
  readonly search?: readonly string[];
  readonly options?: readonly string[];
  /** Domains that stand before all of these, unless none are wanted. */
  readonly ownSearch?: readonly string[];
  /** What the host has is left out where nothing is given, too. */
  readonly nothingElse?: boolean;
};

/** What the host says: /etc/resolv.conf, and /run/systemd/resolve/resolv.conf, where the real servers stand behind 127.0.0.53. */
export type HostResolv = { readonly resolvConf: string; readonly systemdResolved: string };

/** A container's /etc/resolv.conf, and a warning where no name will be resolved. */
export type ResolvFile = { readonly text: string; readonly warning: string | undefined };

/**
 * The host's resolv.conf as a container can use it: servers on the host's loopback addresses and servers with a zone are left out, those
 * of systemd-resolved are replaced by the real ones; search and options are kept. No public server is put in by stealth.
 */
export function resolvText(host: HostResolv, options: ResolvOptions = {}): ResolvFile {
  if (options.nothingElse === true) return { text: givenText(options), warning: undefined };
  const hostServers = nameserversOf(host.resolvConf);
  const stub = hostServers.length > 0 && hostServers.every((server) => server === "127.0.0.53");
  const source = stub && host.systemdResolved !== "" ? host.systemdResolved : host.resolvConf;
  const servers = options.servers?.length ? options.servers : nameserversOf(source).filter(isReachable);
  const { search: asked = [], ownSearch = [] } = options;
  const search = [
    ...(asked.includes(".") ? [] : ownSearch),
    ...(asked.length > 0 ? asked : wordsOf(source, "search", "domain")),
  ].filter((domain) => domain !== ".");
  const settings = options.options?.length ? options.options : wordsOf(source, "options");
  return {
    text: lines(resolvLines(servers, search, settings)),
    warning:
      servers.length > 0
        ? undefined
        : "the host names no DNS server that a container can reach, so names will not be resolved: use --dns",
  };
}

/** A container's /etc/resolv.conf by what stands on this host now. */
export function resolvConf(options: ResolvOptions = {}): ResolvFile {
  const host = {
    resolvConf: readOrEmpty("/etc/resolv.conf"),
    systemdResolved: readOrEmpty("/run/systemd/resolve/resolv.conf"),
  };
  return resolvText(host, options);
}

/** The search domains of the host. */
export function hostSearch(): string[] {
  return wordsOf(readOrEmpty("/etc/resolv.conf"), "search", "domain");
}

/** The host's own files by path, for the network `host`, with what is given there besides or instead; one without a line is left out. */
export function hostFiles(extraHosts: readonly string[], options: ResolvOptions): Record<string, string> {
  const files = {
    "/etc/hosts": hostHostsText(readOrEmpty("/etc/hosts"), extraHosts),
    "/etc/resolv.conf": hostResolvText(readOrEmpty("/etc/resolv.conf"), options),
  };
  return Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ""));
}

/** The host's /etc/hosts, after what is given besides and the names of the host, which is here itself. */
export function hostHostsText(text: string, extraHosts: readonly string[]): string {
  const own = extraHosts.map((extra) => extraLine(extra, LOOPBACK));
  return lines([...own, ...hostLine(extraHosts, LOOPBACK)]) + text;
}

/** The host's resolv.conf as it stands, but for the lines in whose place something is given: on its network every server is reached. */
export function hostResolvText(text: string, given: ResolvOptions): string {
  const { servers = [], search = [], options = [], nothingElse = false } = given;
  if (nothingElse) return givenText(given);
  const replaced = [
    ...(servers.length > 0 ? ["nameserver"] : []),
    ...(search.length > 0 ? ["search", "domain"] : []),
    ...(options.length > 0 ? ["options"] : []),
  ];
  if (replaced.length === 0) return text;
  const kept = text.split("\n").filter((line) => line !== "" && !replaced.includes(line.trim().split(/\s+/)[0] ?? ""));
  return lines(kept) + givenText(given);
}

function givenText({ servers = [], search = [], options = [] }: ResolvOptions): string {
  const domains = search.filter((domain) => domain !== ".");
  return lines(resolvLines(servers, domains, options));
}

function resolvLines(servers: readonly string[], search: readonly string[], settings: readonly string[]): string[] {
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(settings.length > 0 ? [`options ${settings.join(" ")}`] : []),
  ];
}

// A name that is given an address by hand has that one.
function hostLine(extraHosts: readonly string[], gateway: string | undefined): string[] {
  if (gateway === undefined) return [];
  const names = HOST_NAMES.filter((name) => !extraHosts.some((text) => namesOf(text).includes(name)));
  return names.length === 0 ? [] : [`${gateway}\t${names.join(" ")}`];
}

function namesOf(extraHost: string): string[] {
  return extraHost.slice(0, Math.max(extraHost.search(/[:=]/), 0)).split(";");
}

/** Throws `invalid` for one that is no NAME:ADDRESS. */
export function checkExtraHosts(texts: readonly string[]): void {
  for (const text of texts) extraLine(text, LOOPBACK);
}

function extraLine(text: string, gateway: string | undefined): string {
  const end = text.search(/[:=]/);
  const names = namesOf(text);
  const written = text.slice(end + 1).replace(/^\[(.*)\]$/, "$1");
  if (written === "host-gateway" && gateway === undefined) throw noHostGateway(text);
  const address = written === "host-gateway" ? (gateway ?? written) : written;
  const named = names.every((name) => /^[^\s#]+$/.test(name));
  if (named && parseIp(address) !== undefined) return `${address}\t${names.join(" ")}`;
  throw new EstibaError("invalid", {
    reason: "network.wrong_extra_host",
    what: `cannot add the host "${text}": ${named ? `"${address}" is no IP address` : "its name is empty or holds a space"}`,
    fix: "write NAME:ADDRESS",
  });
}

function noHostGateway(text: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.no_host_gateway",
    what: `cannot add the host "${text}": no network of the container leads to the host`,
    fix: "leave it out, or put the container on a bridge network",
  });
}

function isReachable(server: string): boolean {
  const address = parseIp(server);
  if (address === undefined) return false;
  const loopback =
    address.length === 4 ? address[0] === 127 : address.every((byte, at) => byte === (at === 15 ? 1 : 0));
  // A link-local server means nothing without the host's interface.
  const linkLocal = address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
  return !loopback && !linkLocal;
}

// Of several lines the last one counts, as in glibc; "domain" and "search" override each other.
function wordsOf(text: string, ...keywords: readonly string[]): string[] {
  const line = text
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .findLast(([keyword = ""]) => keywords.includes(keyword));
  return line?.slice(1) ?? [];
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join("");
}
