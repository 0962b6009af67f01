import { expect, test } from "bun:test";
import { nodeOf } from "../../../test/fixtures/cluster/model.ts";
import type { Guest } from "../model/network.ts";
import type { Node } from "../model/node.ts";
import { lostGuests } from "./guests.ts";
import { makeReplica } from "./replica.ts";

const guest: Guest = { networkId: "n", containerId: "c1", nodeId: "a", names: ["box"], createdAt: 0 };

function lostAt(now: number, node: Node | undefined): string[] {
  const replica = {
    ...makeReplica(),
    guests: new Map([["n/c1", guest]]),
    nodes: new Map(node === undefined ? [] : [["a", node]]),
    networks: new Map([
      [
        "n",
        {
          id: "n",
          name: "lab",
          createdAt: 0,
          labels: {},
          options: {},
          subnet: "10.33.0.0/22",
          vni: 1,
          internal: false,
        },
      ],
    ]),
  };
  return lostGuests({ replica, now: () => now }).map(({ operation }) => `${operation.kind} ${operation.key}`);
}

test("a guest is forgotten when its node is removed, or was away for a minute, and not before", () => {
  expect(lostAt(0, undefined)).toEqual(["delete guests/n/c1"]);
  expect(lostAt(1_000_000, nodeOf("a"))).toEqual([]);
  expect(lostAt(1_059_999, nodeOf("a", { state: "down", updatedAt: 1_000_000 }))).toEqual([]);
  expect(lostAt(1_060_000, nodeOf("a", { state: "down", updatedAt: 1_000_000 }))).toEqual(["delete guests/n/c1"]);
});
