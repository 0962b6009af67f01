import { expect, test } from "bun:test";
import { loadFiles } from "../../../test/fixtures/compose-files.ts";
import { networkSpecOf, volumeSpecOf } from "./resources-of-project.ts";

/** A network or a volume of these attributes, as the engine is asked for it. */
async function specOf(kind: "network" | "volume", attributes: string): Promise<unknown> {
  const loaded = await loadFiles(
    `services: {web: {image: a, networks: [one], volumes: ["one:/v"]}}\n${kind === "network" ? "volumes: {one: }\n" : "networks: {one: }\n"}${kind}s:\n  one: {${attributes}}\n`,
  );
  const { networks, volumes } = loaded.project;
  const config = (kind === "network" ? networks : volumes)["one"];
  if (config === undefined) throw new Error("it is not there");
  return kind === "network" ? networkSpecOf(loaded, "one", config) : volumeSpecOf(loaded, "one", config);
}

const NETWORKS: readonly (readonly [attributes: string, part: object])[] = [
  ["internal: true", { internal: true }],
  ["enable_ipv6: true", { ipv6: true }],
  ["name: own", { name: "own" }],
  [
    "labels: {a: b}",
    {
      labels: expect.objectContaining({
        a: "b",
        "com.docker.compose.network": "one",
        "com.docker.compose.project": "x",
      }) as object,
    },
  ],
  ["driver_opts: {mtu: 1400}", { options: { mtu: "1400" } }],
  ["driver_opts: {com.docker.network.bridge.name: br-x}", { bridgeName: "br-x" }],
  [
    "ipam: {config: [{subnet: 10.9.0.0/24, gateway: 10.9.0.9, ip_range: 10.9.0.0/28}]}",
    { subnets: [{ cidr: "10.9.0.0/24", gateway: "10.9.0.9", range: "10.9.0.0/28" }] },
  ],
  ["driver: macvlan, driver_opts: {parent: eth0}", { driver: "macvlan", options: { parent: "eth0" } }],
  ["driver: ipvlan", { driver: "ipvlan" }],
  ["enable_ipv4: false, enable_ipv6: true", { ipv4: false, ipv6: true }],
  ["attachable: true", { attachable: true }],
  ["ipam: {driver: none}", { ipam: "none", subnets: [] }],
];

test.each(NETWORKS)("a network: {%s}", async (attributes, part) => {
  expect(await specOf("network", attributes)).toMatchObject(part);
});

const VOLUMES: readonly (readonly [attributes: string, part: object])[] = [
  ["name: own", { name: "own" }],
  ["labels: [a=b]", { labels: expect.objectContaining({ a: "b", "com.docker.compose.volume": "one" }) as object }],
  ["driver: local, driver_opts: {type: tmpfs, device: tmpfs}", { options: { type: "tmpfs", device: "tmpfs" } }],
];

test.each(VOLUMES)("a volume: {%s}", async (attributes, part) => {
  expect(await specOf("volume", attributes)).toMatchObject(part);
});

const REFUSED: readonly (readonly [kind: "network" | "volume", attributes: string])[] = [
  ["network", "driver: overlay"],
  ["network", "ipam: {driver: dhcp}"],
  ["volume", "driver: nfs"],
];

test.each(REFUSED)("a %s of {%s} is refused, with its place", async (kind, attributes) => {
  const error = await specOf(kind, attributes).catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(/compose\.yaml:4:\d+: /);
});
