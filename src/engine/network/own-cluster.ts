import { existsSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { fromWire, type WireError } from "../../lib/wire-error.ts";
import type { EndpointState, ProcessId } from "../../state/container.ts";
import type { Engine } from "../engine.ts";
import { startHelper } from "../helper-process.ts";

/** What a container that is no task asks of this machine's part of the cluster. */
export type GuestRequests = {
  /** A network that this machine may have no part of yet; its name. */
  introduce: { readonly asked: { readonly reference: string }; readonly answer: { readonly name: string } };
  /** An address on it; the network is here when that is answered. */
  admit: { readonly asked: AskedAdmission; readonly answer: { readonly ip: string; readonly mac: string } };
  /** Its namespace has interfaces, and what they have to know is told them when that is answered. */
  ready: { readonly asked: ReadyGuest; readonly answer: Readonly<Record<string, never>> };
};

type AskedAdmission = {
  readonly containerId: string;
  /** The cluster's id of it. */
  readonly networkId: string;
  readonly names: readonly string[];
  readonly ip?: string | undefined;
  readonly mac?: string | undefined;
  /** Who asks: when that is gone, and the container does not run, the address is given back. */
  readonly asker: ProcessId;
};

type ReadyGuest = {
  readonly containerId: string;
  /** A process in its network namespace. */
  readonly pid: number;
  readonly endpoints: readonly EndpointState[];
};

const PATIENCE_MS = 15_000;
const LOOK_MS = 10;
const START_AGAIN_MS = 1_000;

/** Where this machine's part of its cluster listens for what containers need. */
export function guestSocketPath({ paths }: Engine): string {
  return join(paths.node, "guests.sock");
}

/** Whether this machine is a node of a cluster. */
export function isInCluster({ paths }: Engine): boolean {
  return existsSync(join(paths.cluster, "node.json"));
}

/** Asks this machine's part of its cluster, whose process is started where none runs. Throws what the cluster says, and `unavailable`. */
export async function askOwnCluster<W extends keyof GuestRequests>(
  engine: Engine,
  what: W,
  asked: GuestRequests[W]["asked"],
): Promise<GuestRequests[W]["answer"]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let startedAt = Number.NEGATIVE_INFINITY; ; await Bun.sleep(LOOK_MS)) {
    const response = await send(engine, what, asked);
    if (response?.ok === true) return (await response.json()) as GuestRequests[W]["answer"];
    if (response !== undefined) throw fromWire((await response.json()) as WireError);
    if (performance.now() > deadline || !isInCluster(engine)) throw doesNotAnswer();
    if (performance.now() - startedAt < START_AGAIN_MS) continue;
    // One that runs already ends it.
    startHelper(engine, ["system", "node"]);
    startedAt = performance.now();
  }
}

async function send(engine: Engine, what: string, asked: unknown): Promise<Response | undefined> {
  try {
    const body = JSON.stringify(asked);
    return await fetch(`http://node/${what}`, { method: "POST", unix: guestSocketPath(engine), body });
  } catch (error) {
    const gone = [
      "FailedToOpenSocket",
      "ConnectionRefused",
      "ConnectionClosed",
      "ECONNRESET",
      "ENOENT",
      "ECONNREFUSED",
    ];
    if (hasCode(error, ...gone)) return undefined;
    throw error;
  }
}

function doesNotAnswer(): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.node_silent",
    what: "the process of this node does not come up",
    fix: "run it in the foreground to see why: estiba system node",
    retryable: true,
  });
}
