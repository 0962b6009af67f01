import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { asSeenBy } from "../src/network/bridge-networks.ts";
import { ensureDefaultNetwork } from "../src/network/default-network.ts";
import { connectEndpoint } from "../src/network/endpoint.ts";
import { ensureTable, publish } from "../src/network/firewall.ts";
import { allocateLease } from "../src/network/lease.ts";
import { createNetns } from "../src/network/netns.ts";
import { parsePort } from "../src/network/parse-port.ts";
import { reservePorts } from "../src/network/ports.ts";
import { networkRoot } from "../src/network/root-id.ts";
import { removeNetworkState } from "../src/network/teardown.ts";
import { openDatabase } from "../src/state/database.ts";
import { DURABLE_MIGRATIONS } from "../src/state/durable-schema.ts";
import { LIVE_MIGRATIONS } from "../src/state/live-schema.ts";
import { insertNetwork, type NetworkRecord } from "../src/state/networks.ts";
import type { RowId } from "./measures.ts";
import { median } from "./stats.ts";

/** On the large network before anything is measured. */
const ENDPOINTS = 480;
const ROUNDS = 20;
const MORE = 9;
/** Of both families, as the large one. */
const SMALL = {
  id: "ab".repeat(32),
  name: "small",
  subnets: [
    { family: 4, cidr: "10.199.0.0/24", gateway: "10.199.0.1" },
    { family: 6, cidr: "fd47:199::/64", gateway: "fd47:199::1" },
  ],
} as const;

/** How connecting grows with what is connected, and one more port beside a thousand: the work of src/network, without containers. */
export function measureRooms(folder: string, record: (of: RowId, value: number) => void): void {
  mkdirSync(folder);
  const root = networkRoot(folder);
  const store = openDatabase(join(folder, "store.db"), { synchronous: "FULL", migrations: DURABLE_MIGRATIONS });
  const live = openDatabase(join(folder, "live.db"), { synchronous: "OFF", migrations: LIVE_MIGRATIONS });
  const large = ensureDefaultNetwork(store, root);
  const small = asSeenBy(root, insertNetwork(store, { ...large, ...SMALL, bridgeName: "" }));
  using held = new DisposableStack();
  held.defer(() => removeNetworkState(root, store));
  const connect = (network: NetworkRecord, containerId: string): number => {
    const started = Bun.nanoseconds();
    const lease = allocateLease(live, network, containerId);
    const netns = held.use(createNetns());
    connectEndpoint(netns, network, lease, { containerId, interfaceName: "eth0" });
    ensureTable(root, store, live, [network.bridgeName]);
    return (Bun.nanoseconds() - started) / 1e6;
  };
  // The very first one makes bridge and table.
  connect(small, "first");
  for (let index = 0; index < ENDPOINTS; index += 1) connect(large, `many-${index}`);
  const [few, many]: [number[], number[]] = [[], []];
  // By turns: what the machine does besides hits both.
  for (let round = 0; round < ROUNDS; round += 1) {
    few.push(connect(small, `few-${round}`));
    many.push(connect(large, `more-${round}`));
  }
  record("connect-500", median(many));
  record("connect-growth", median(many) / median(few));
  const lease = allocateLease(live, large, "many-0");
  const publishPorts = (text: string): number => {
    const started = Bun.nanoseconds();
    const ports = held.use(reservePorts([parsePort(text)], live, lease));
    publish(root, live, lease, ports.mappings);
    return (Bun.nanoseconds() - started) / 1e6;
  };
  record("ports-rooms", publishPorts("30000-30999:1000-1999"));
  for (let more = 0; more < MORE; more += 1) record("port-more", publishPorts(`${31_000 + more}:80`));
}
