import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { sendDatagram } from "../host/datagram.ts";
import type { ResolvedMount } from "../runtime/spec-mounts.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";

const FOLDER = "/run/notify";

/** The container's end of it, as conmon names it: what its NOTIFY_SOCKET says. */
export const CONTAINER_NOTIFY_SOCKET: string = `${FOLDER}/notify.sock`;

/** Who tells the service manager that waits for us (sd_notify(3)), and where; undefined when none waits or nobody is to tell. */
export function notifyPlan({ spec }: ContainerRecord): { socket: string; byCommand: boolean } | undefined {
  const socket = process.env["NOTIFY_SOCKET"];
  const mode = spec.process?.sdnotify ?? "container";
  return socket === undefined || socket === "" || mode === "ignore"
    ? undefined
    : { socket, byCommand: mode === "container" };
}

/** The folder with conmon's end of it, as a mount of the container; made in the bundle. None unless its command tells. */
export function notifyMount(record: ContainerRecord, bundle: string): ResolvedMount[] {
  if (notifyPlan(record)?.byCommand !== true) return [];
  const source = join(bundle, "notify");
  mkdirSync(source, { recursive: true });
  // Whoever the command runs as.
  chmodSync(source, 0o755);
  const place = { target: FOLDER, readOnly: false, propagation: "rprivate", recursive: false };
  return [{ mount: { type: "bind", source, ...place }, source }];
}

/** The container's command has begun: its service is conmon's process, and with `--sdnotify conmon` it is ready. */
export function notifyStarted(record: ContainerRecord, { monitor }: ContainerState): string[] {
  const plan = notifyPlan(record);
  if (plan === undefined || monitor === undefined) return [];
  const text = `MAINPID=${monitor.pid}${plan.byCommand ? "" : "\nREADY=1"}`;
  const sent = sendDatagram(plan.socket, text);
  return sent < 0 ? [`the socket of NOTIFY_SOCKET, ${plan.socket}, could not be told (errno ${-sent})`] : [];
}
