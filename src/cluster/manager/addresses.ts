import { randomHex } from "../../lib/random-hex.ts";
import type { Task } from "../model/task.ts";
import { allot, unallotted } from "../network/allot.ts";
import { byName } from "../network/attached.ts";
import type { Compare, Operation } from "../store/contract.ts";
import { addressKey } from "./keys.ts";
import { type Manager, putOf } from "./manager.ts";

type Step = { readonly compare: Compare; readonly operation: Operation };

/** What has to be written for everybody to have the addresses that are theirs, and nobody else's. */
export function addressSteps({ replica, now }: Pick<Manager, "replica" | "now">): Step[] {
  const { put, drop } = allot(replica, { now: now(), mac: randomMac });
  return [
    ...put.map((address) => putOf(replica, addressKey(address.networkId, address.ip), address)),
    ...drop.map(({ networkId, ip }): Step => {
      const key = addressKey(networkId, ip);
      return { compare: { key, what: "modified", at: replica.modified(key) }, operation: { kind: "delete", key } };
    }),
  ];
}

/** Of tasks those that have all of their addresses, and the others with the reason. */
export function withAddresses(
  { replica, now }: Pick<Manager, "replica" | "now">,
  tasks: readonly Task[],
): { readonly ready: readonly Task[]; readonly waiting: readonly Task[] } {
  if (replica.networks.size === 0) return { ready: tasks, waiting: [] };
  const named = byName(replica.networks.values());
  const ready: Task[] = [];
  const waiting: Task[] = [];
  for (const task of tasks) {
    const [missing] = unallotted(replica, named, task);
    if (missing === undefined) ready.push(task);
    else {
      const error = `no address of the network ${missing.name} (${missing.subnet}) is free`;
      if (task.status.error !== error)
        waiting.push({ ...task, status: { state: "pending", at: now(), message: "pending task scheduling", error } });
    }
  }
  return { ready, waiting };
}

/** By chance: locally administered, and none of those that belong to an address. */
export function randomMac(): string {
  return ["06", ...(randomHex(5).match(/../g) ?? [])].join(":");
}
