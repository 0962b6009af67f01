import { csvField } from "../../../lib/csv-fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { Fields } from "../fields.ts";
import { flag, options } from "./words.ts";

/** What Docker calls the default network. */
const DEFAULTS: ReadonlySet<string> = new Set(["default", "bridge"]);

/** Networks and ports as options of `create`. */
export function networkWords(body: Fields, host: Fields): string[] {
  refuseLinks(host);
  return [
    ...attachmentWords(body, host),
    ...options("publish", publishedPorts(host.fields("PortBindings"))),
    ...flag("publish-all", host.flag("PublishAllPorts")),
    ...options("dns", host.texts("Dns")),
    ...options("dns-option", host.texts("DnsOptions")),
    ...options("dns-search", host.texts("DnsSearch")),
    ...options("add-host", host.texts("ExtraHosts")),
  ];
}

// On a network of the user's Docker passes over those of HostConfig, which old clients always send; there containers have names anyway.
function refuseLinks(host: Fields): void {
  if (isUserDefined(host.text("NetworkMode")) || host.texts("Links").length === 0) return;
  throw badRequest(
    "links (--link) are not supported: use a network of your own, where containers find each other by name",
  );
}

function isUserDefined(mode: string | undefined): boolean {
  return mode !== undefined && !DEFAULTS.has(mode) && !/^(none|host|container:.*)$/s.test(mode);
}

function attachmentWords(body: Fields, host: Fields): string[] {
  const mode = body.flag("NetworkDisabled") ? "none" : (host.text("NetworkMode") ?? "default");
  const endpoints = body.fields("NetworkingConfig").fields("EndpointsConfig");
  if (/^(none|host|container:.*)$/s.test(mode)) {
    refuseAddresses(body, endpoints);
    return [`--network=${mode}`];
  }
  const named = endpoints.keys.map(plainName);
  const names = [...new Set([plainName(mode), ...named])];
  const ownMac = body.text("MacAddress");
  const texts = names.map((name, index) => {
    const key = endpoints.keys.find((candidate) => plainName(candidate) === name);
    return attachmentText(
      name,
      key === undefined ? new Fields({}) : endpoints.fields(key),
      index === 0 ? ownMac : undefined,
    );
  });
  return texts.length === 1 && texts[0] === "bridge" ? [] : options("network", texts);
}

// Docker's words, most of which it says when the container starts.
function refuseAddresses(body: Fields, endpoints: Fields): void {
  const asked = endpoints.keys.map((name) => endpoints.fields(name));
  const ipam = asked.map((endpoint) => endpoint.fields("IPAMConfig"));
  if (ipam.some((own) => (own.text("IPv4Address") ?? own.text("IPv6Address")) !== undefined))
    throw badRequest("user specified IP address is supported on user defined networks only");
  if ([body, ...asked].some((part) => part.text("MacAddress") !== undefined))
    throw badRequest("conflicting options: mac-address and the network mode");
  if (asked.some((endpoint) => endpoint.texts("Aliases").length > 0))
    throw badRequest("network-scoped alias is supported only for containers in user defined networks");
}

function plainName(name: string): string {
  return DEFAULTS.has(name) ? "bridge" : name;
}

/** `NAME:ip=IP,alias=NAME`. */
export function attachmentText(name: string, endpoint: Fields, ownMac?: string): string {
  const ipam = endpoint.fields("IPAMConfig");
  if (ipam.texts("LinkLocalIPs").length > 0)
    throw badRequest(
      "link-local addresses (--link-local-ip) are not supported: an endpoint has one address of a family",
    );
  const words = [
    ...word("ip", ipam.text("IPv4Address")),
    ...word("ip6", ipam.text("IPv6Address")),
    ...word("mac", endpoint.text("MacAddress") ?? ownMac),
    ...word("priority", endpoint.count("GwPriority")?.toString()),
    ...endpoint.texts("Aliases").map((alias) => `alias=${alias}`),
    ...endpoint.texts("Links").map((link) => `link=${link}`),
    ...Object.entries(endpoint.map("DriverOpts")).map(([option, value]) => `opt=${option}=${value}`),
  ];
  return words.length === 0 ? name : `${name}:${words.map(csvField).join(",")}`;
}

function word(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

/** `[IP:]HOST:PORT/PROTO`; without a host port a free one is taken. */
function publishedPorts(bindings: Fields): string[] {
  return bindings.keys.flatMap((port) => {
    const list = bindings.list(port);
    const wanted = list.length === 0 ? [new Fields({})] : list;
    return wanted.map((binding) => {
      const ip = binding.text("HostIp");
      const hostPort = binding.text("HostPort") ?? "";
      const address = ip === undefined ? "" : `${ip.includes(":") ? `[${ip}]` : ip}:`;
      return hostPort === "" && address === "" ? port : `${address}${hostPort}:${port}`;
    });
  });
}
