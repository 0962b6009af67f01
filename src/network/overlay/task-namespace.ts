import { closeSync, constants, openSync } from "node:fs";
import { ERRNO } from "../../host/errno.ts";
import { flushConntrack } from "../../host/netlink/conntrack.ts";
import {
  addLastRoute,
  deleteLastRoute,
  deleteMarkRule,
  listMarkRules,
  putMarkRoute,
} from "../../host/netlink/mark-route.ts";
import { NetlinkWriter } from "../../host/netlink/message.ts";
import { readGeneration } from "../../host/netlink/netfilter.ts";
import { findLink } from "../../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { writeSysctl } from "../../host/sysctl.ts";
import { parseIp } from "../address.ts";
import { hostHasIpv6 } from "../bridge.ts";
import { peersGone } from "./peers-gone.ts";
import { type Groups, settleTable } from "./settle-table.ts";
import { type GateWay, inwardFamilies, isGateMark, markOf, taskTable } from "./task-table.ts";
import type { Balanced } from "./wanted.ts";

const AT_ONCE = 32;
/** Where a container has switched IPv6 off: EINVAL, EACCES, ENODEV, ENETUNREACH, EHOSTUNREACH. */
const NO_IPV6: readonly number[] = [22, 13, 19, 101, 113];

/** What the namespace of a container is told of its networks. */
export type TaskNamespace = { readonly balanced: readonly Balanced[]; readonly way: GateWay };

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
  const filter = new NetlinkSocket(NETLINK.NETFILTER, fd);
  let told: ToldNamespace | undefined;
  return {
    pid,
    settle: (task) => {
      const { balanced, way } = task;
      const table = taskTable(balanced, way);
      const routes = JSON.stringify(way);
      const before = told;
      const isOther = before !== undefined && before.comment !== table.comment;
      if (!isOther && before?.routes === routes && isSame(before.groups, table.groups)) return;
      // Where it fails, it is begun anew from what the kernel has.
      told = undefined;
      // Routes first: an answer that is marked must find its way.
      if (before?.routes !== routes) settleRoutes(fd, way);
      const { removed } = settleTable(filter, { ...table, netnsFd: fd }, isOther ? undefined : before?.groups);
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

function settleRoutes(netnsFd: number, way: GateWay): void {
  using socket = new NetlinkSocket(NETLINK.ROUTE, netnsFd);
  const { gateInterface } = way;
  const index = gateInterface === undefined ? undefined : findLink(socket, gateInterface)?.index;
  // Clients of the outside come in by an interface that does not lead to them.
  if (index !== undefined) writeSysctl(`net/ipv4/conf/${gateInterface}/rp_filter`, "2", netnsFd);
  for (const family of hostHasIpv6() ? ([4, 6] as const) : ([4] as const)) {
    settleMarks(socket, { way, family, index });
    if (index !== undefined) settleLastRoute(socket, { way, family, index });
  }
}

type Ways = { readonly way: GateWay; readonly family: 4 | 6; readonly index: number | undefined };

function settleMarks(socket: NetlinkSocket, { way: { gates }, family, index }: Ways): void {
  const wanted = new Map(
    gates.flatMap(({ ip, ip6 }) => {
      const gateway = parseIp((family === 4 ? ip : ip6) ?? "");
      return gateway === undefined || index === undefined ? [] : [[markOf(ip), { gateway, index }] as const];
    }),
  );
  const there = listMarkRules(socket, family).filter(isGateMark);
  const stray = there.filter((mark) => !wanted.delete(mark));
  for (const marks of chunks(stray)) {
    const writer = new NetlinkWriter();
    for (const mark of marks) deleteMarkRule(writer, family, mark);
    socket.exchange("forgetting a way back", writer, [ERRNO.ENOENT]);
  }
  for (const entries of chunks([...wanted])) {
    const writer = new NetlinkWriter();
    for (const [mark, { gateway, index }] of entries) putMarkRoute(writer, { mark, gateway, index });
    socket.exchange("making a way back", writer, [ERRNO.EEXIST, ...(family === 6 ? NO_IPV6 : [])]);
  }
}

// A server that answers strangers is not let go on without a route to them, marked or not.
function settleLastRoute(socket: NetlinkSocket, { way, family, index }: Ways & { readonly index: number }): void {
  const writer = new NetlinkWriter();
  const ESRCH = 3;
  if (inwardFamilies(way).includes(family)) addLastRoute(writer, family, index);
  else deleteLastRoute(writer, family, index);
  socket.exchange("making a last route", writer, [ERRNO.EEXIST, ESRCH, ...(family === 6 ? NO_IPV6 : [])]);
}

function chunks<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / AT_ONCE) }, (_, index) =>
    list.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}
