import { csvField } from "../../../lib/csv-fields.ts";
import { flag, options } from "../../docker/container/words.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { namespaceText } from "./namespace-words.ts";

/** How a container or a pod reaches the network and is reached, as options of `create`. */
export function networkWords(body: Fields): string[] {
  return [
    ...attachmentWords(body),
    ...options("publish", body.list("portmappings").flatMap(publishTexts)),
    ...options("dns", body.texts("dns_server")),
    ...options("dns-search", body.texts("dns_search")),
    ...options("dns-option", body.texts("dns_option")),
    ...options("add-host", body.texts("hostadd")),
  ];
}

/** What containers have besides, and pods have not. */
export function exposeWords(body: Fields): string[] {
  const ports = Object.entries(body.map("expose"));
  return [
    ...flag("publish-all", body.flag("publish_image_ports")),
    ...options(
      "expose",
      ports.flatMap(([port, protocols]) =>
        (protocols === "" ? "tcp" : protocols).split(",").map((protocol) => `${port}/${protocol}`),
      ),
    ),
  ];
}

function attachmentWords(body: Fields): string[] {
  const mode = namespaceText(body.fields("netns"));
  if (mode !== undefined && mode !== "bridge" && mode !== "private") return [`--network=${mode}`];
  const networks = body.fields(body.has("Networks") ? "Networks" : "networks");
  const names = networks.keys.length > 0 ? orderOf(body, networks.keys) : body.texts("cni_networks");
  const own = names.map((name) => attachmentText(plainName(name), networks.fields(name), body));
  return own.length === 1 && own[0] === "bridge" ? [] : options("network", own);
}

// An object has no order; newer clients send it besides.
function orderOf(body: Fields, names: readonly string[]): string[] {
  const wanted = body.texts("networkOrder").filter((name) => names.includes(name));
  return [...wanted, ...names.filter((name) => !wanted.includes(name))];
}

function plainName(name: string): string {
  return name === "default" || name === "podman" ? "bridge" : name;
}

/** `NAME:ip=IP,alias=NAME` of what a network's entry says; `body` has addresses for the only one, as old clients send them. */
export function attachmentText(name: string, asked: Fields, body: Fields = new Fields({})): string {
  const ips = [...asked.texts("static_ips"), ...[body.text("static_ip"), body.text("static_ipv6")].filter(isText)];
  const words = [
    ...ips.map((ip) => `${ip.includes(":") ? "ip6" : "ip"}=${ip}`),
    ...word("mac", asked.text("static_mac") ?? body.text("static_mac")),
    ...asked.texts("aliases").map((alias) => `alias=${alias}`),
    ...word("interface_name", asked.text("interface_name")),
    ...Object.entries(asked.map("options")).map(([key, value]) => `opt=${key}=${value}`),
  ];
  return words.length === 0 ? name : `${name}:${words.map(csvField).join(",")}`;
}

function word(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** `[IP:]HOST[-HOST]:PORT[-PORT]/PROTO` of each protocol; without a host port a free one is taken. */
function publishTexts(mapping: Fields): string[] {
  const port = mapping.integer("container_port") ?? 0;
  const hostPort = mapping.integer("host_port") ?? 0;
  const count = Math.max(1, mapping.integer("range") ?? 1);
  const ip = mapping.text("host_ip");
  if (hostPort === 0 && count > 1) throw badRequest("portmappings: a range needs a host port");
  const range = (first: number): string => (count === 1 ? String(first) : `${first}-${first + count - 1}`);
  const address = ip === undefined ? "" : `${ip.includes(":") ? `[${ip}]` : ip}:`;
  const host = hostPort === 0 ? "" : range(hostPort);
  const front = host === "" && address === "" ? "" : `${address}${host}:`;
  return (mapping.text("protocol") ?? "tcp").split(",").map((protocol) => `${front}${range(port)}/${protocol}`);
}
