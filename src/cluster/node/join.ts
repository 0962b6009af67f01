import { mkdirSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { type Credentials, callManager } from "../remote/call.ts";
import { parseAddress } from "../remote/node-server.ts";
import type { Joined, JoinRequest } from "../remote/wire.ts";
import { digestOfRoot, makeRequest } from "../trust/authority.ts";
import { parseToken } from "../trust/token.ts";
import { writeCredentials } from "./credentials.ts";
import { describeNode } from "./describe.ts";
import { type Identity, requireIdentity, requireNoCluster, type StorePlace, writeIdentity } from "./identity.ts";
import { writeVaultKey } from "./key-ring.ts";
import { requireRoot } from "./require-root.ts";
import { reviveNode } from "./revive.ts";
import { USUAL_LISTEN } from "./roles.ts";
import { keepPlace, readPlace, requireState } from "./store-place.ts";
import { unlockManager } from "./unlock.ts";

const PATIENCE_MS = 10_000;
/** From one manager to the one that leads, which may change meanwhile. */
const MOST_HOPS = 5;

type Joining = {
  readonly manager: string;
  readonly token: string;
  readonly version: string;
  /** What only a manager can be told. */
  readonly address: string | undefined;
  readonly listen: string | undefined;
  readonly store: StorePlace | undefined;
};

/**
 * Makes this machine a node of a cluster, as the token says: the manager proves itself by what the token pins, and gives a certificate for
 * the token. Throws `denied` for a wrong token or a wrong manager, `unavailable` for none, `wrong_state` when this machine is part of a cluster.
 */
export async function joinCluster(engine: Engine, joining: Joining): Promise<Identity> {
  requireRoot();
  requireNoCluster(engine);
  const { token, version, address, listen, store } = joining;
  const { rootDigest } = parseToken(token);
  const first = plainAddress(joining.manager);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asked = await callManager(first, { method: "GET", path: "/ca", signal, credentials: undefined });
  const { ca } = (await asked.json()) as { ca: string };
  if (digestOfRoot(ca) !== rootDigest) throw wrongRoot(first);
  const { request, key } = await makeRequest();
  const asManager = [address, listen, store].some((each) => each !== undefined);
  const body: JoinRequest = { token: token.trim(), request, description: describeNode("", version), asManager };
  const { at, joined } = await askToJoin(first, { ca, body, signal });
  const credentials = { ca: joined.ca ?? ca, cert: joined.cert, key };
  if (joined.role === "manager") {
    const unlockKey = await becomeOne(engine, { joining, joined, at, credentials });
    await reviveNode(engine);
    // The key is encrypted on disk from the beginning; its process is given it.
    if (unlockKey !== undefined) await unlockManager(engine, unlockKey);
  } else {
    const { nodeId, clusterId } = joined;
    writeIdentity(engine, { nodeId, clusterId, role: "worker", managers: [...new Set([at, first])] }, () =>
      writeCredentials(engine, credentials),
    );
  }
  await reviveNode(engine);
  return requireIdentity(engine);
}

type Asking = { readonly ca: string; readonly body: JoinRequest; readonly signal: AbortSignal };

/** Only the leader takes somebody in; the others say where it is. */
async function askToJoin(first: string, { ca, body, signal }: Asking): Promise<{ at: string; joined: Joined }> {
  let at = first;
  for (let hop = 1; ; hop++) {
    try {
      const answer = await callManager(at, { method: "POST", path: "/join", body, signal, credentials: { ca } });
      return { at, joined: (await answer.json()) as Joined };
    } catch (error) {
      const leader: unknown = isEstibaError(error, "unavailable") ? error.details["leader"] : undefined;
      if (typeof leader !== "string" || hop === MOST_HOPS) throw error;
      at = leader;
    }
  }
}

type Becoming = {
  readonly joining: Joining;
  readonly joined: Joined;
  readonly at: string;
  readonly credentials: Required<Credentials>;
};

/** Gives what its key is encrypted with, where managers lock. */
async function becomeOne(engine: Engine, { joining, joined, at, credentials }: Becoming): Promise<string | undefined> {
  const { nodeId, clusterId } = joined;
  const { shared } = joined;
  if (shared === undefined) throw new TypeError("the manager has not said where the state is");
  const place = joining.store?.kind === "etcd" ? readPlace(joining.store) : shared.store;
  try {
    await requireState(place, clusterId);
  } catch (error) {
    // It was taken in already, and cannot do its part.
    await callManager(at, { method: "POST", path: "/leave", signal: AbortSignal.timeout(PATIENCE_MS), credentials });
    throw error;
  }
  const identity = {
    nodeId,
    clusterId,
    role: "manager",
    address: joining.address ?? joined.address,
    listen: joining.listen ?? USUAL_LISTEN,
  } as const;
  mkdirSync(engine.paths.cluster, { recursive: true, mode: 0o700 });
  writeVaultKey(engine, Buffer.from(shared.vaultKey, "base64"), shared.unlockKey);
  writeIdentity(engine, { ...identity, store: joining.store ?? keepPlace(engine, place) });
  return shared.unlockKey;
}

function plainAddress(text: string): string {
  const { host, port } = parseAddress(text);
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function wrongRoot(at: string): EstibaError {
  return new EstibaError("denied", {
    reason: "cluster.wrong_root",
    what: `remote CA does not match fingerprint: what answers at ${at} is no manager of the cluster that the token is of`,
    fix: "see that the address is right; ask the manager for its token: estiba swarm join-token worker",
  });
}
