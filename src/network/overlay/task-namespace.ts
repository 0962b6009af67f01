import { closeSync, constants, openSync } from "node:fs";
import { ERRNO } from "../../host/errno.ts";
import { insideNetns } from "../../host/namespace.ts";
import { flushConntrack } from "../../host/netlink/conntrack.ts";
import { deleteMarkRule, listMarkRules, putMarkRoute } from "../../host/netlink/mark-route.ts";
import { NetlinkWriter } from "../../host/netlink/message.ts";
import { readGeneration } from "../../host/netlink/netfilter.ts";
import { findLink } from "../../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { writeSysctl } from "../../host/sysctl.ts";
import { parseIp } from "../address.ts";
import { peersGone } from "./peers-gone.ts";
import { type Groups, settleTable } from "./settle-table.ts";
import { isGateMark, markOf, taskTable } from "./task-table.ts";
import type { Balanced, Gate } from "./wanted.ts";

const AT_ONCE = 32;

/** What the namespace of a container is told of its networks. */
export type TaskNamespace = {
  readonly balanced: readonly Balanced[];
  readonly gates: readonly Gate[];
  /** Its interface on the network of published ports; undefined when it is not on that. */
  readonly gateInterface: string | undefined;
  /** The address by which it goes out; undefined where it does not. */
  readonly home: string | undefined;
};

/**
 * A namespace with what it is known to have been told. It is kept open: closing a socket after an element was deleted waits for the kernel.
 * The namespace lives on with it, so it is disposed with the end of the container.
 */
export type KnownNamespace = Disposable & {
  readonly pid: number;
  /** Brings its rules and routes to what is wanted. UDP conversations with who is not behind an address any more begin anew. */
  readonly settle: (task: TaskNamespace) => void;
  /** Has the next call look whether somebody else has changed it. */
  readonly distrust: () => void;
};

type ToldNamespace = {
  readonly routes: string | undefined;
  readonly comment: string;
  readonly groups: Groups;
  readonly generation: number;
};

/** Opens the namespace of a container; what it has been told before is read from the kernel. */
export function openTaskNamespace(pid: number): KnownNamespace {
  const fd = openSync(`/proc/${pid}/ns/net`, constants.O_RDONLY);
  const filter = insideNetns(fd, () => new NetlinkSocket(NETLINK.NETFILTER));
  let told: ToldNamespace | undefined;
  return {
    pid,
    settle: (task) => {
      const { balanced, gates, gateInterface, home } = task;
      const table = taskTable(balanced, gates, home);
      const routes = JSON.stringify([gateInterface, gates, home]);
      const before = told;
      const isOther = before !== undefined && before.comment !== table.comment;
      if (!isOther && before?.routes === routes && isSame(before.groups, table.groups)) return;
      // Where it fails, it is begun anew from what the kernel has.
      told = undefined;
      const removed = insideNetns(fd, () => {
        // Routes first: an answer that is marked must find its way.
        if (before?.routes !== routes) settleRoutes(task);
        return settleTable(filter, table, isOther ? undefined : before?.groups).removed;
      });
      flushConntrack(filter, peersGone(removed, new Set(balanced.flatMap(({ backends }) => backends))));
      told = { routes, comment: table.comment, groups: table.groups, generation: readGeneration(filter) };
    },
    distrust: () => {
      if (told === undefined) return;
      // To read ten thousand addresses takes seconds: only where anything was changed since.
      told = readGeneration(filter) === told.generation ? { ...told, routes: undefined } : undefined;
    },
    [Symbol.dispose]: () => {
      filter[Symbol.dispose]();
      closeSync(fd);
    },
  };
}

function isSame(before: Groups, after: Groups): boolean {
  // The last one is that of the hosts, compared with the routes.
  const last = after.length - 1;
  return before.length === after.length && after.every((group, index) => index === last || group === before[index]);
}

function settleRoutes({ gates, gateInterface }: TaskNamespace): void {
  using socket = new NetlinkSocket(NETLINK.ROUTE);
  const index = gateInterface === undefined ? undefined : findLink(socket, gateInterface)?.index;
  const wanted = new Map(index === undefined ? [] : gates.map((gate) => [markOf(gate.ip), gate]));
  const there = listMarkRules(socket).filter(isGateMark);
  const stray = there.filter((mark) => !wanted.delete(mark));
  if (stray.length === 0 && wanted.size === 0) return;
  // Clients of the outside come in by an interface that does not lead to them.
  if (gateInterface !== undefined) writeSysctl(`net/ipv4/conf/${gateInterface}/rp_filter`, "2");
  for (const marks of chunks(stray)) {
    const writer = new NetlinkWriter();
    for (const mark of marks) deleteMarkRule(writer, mark);
    socket.exchange("forgetting a way back", writer, [ERRNO.ENOENT]);
  }
  for (const entries of chunks([...wanted])) {
    const writer = new NetlinkWriter();
    for (const [mark, { ip }] of entries) {
      const gateway = parseIp(ip);
      if (gateway !== undefined && index !== undefined) putMarkRoute(writer, { mark, gateway, index });
    }
    socket.exchange("making a way back", writer, [ERRNO.EEXIST]);
  }
}

function chunks<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / AT_ONCE) }, (_, index) =>
    list.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}
