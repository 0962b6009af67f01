import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { callManager } from "../remote/call.ts";
import { parseAddress } from "../remote/node-server.ts";
import type { Joined, JoinRequest } from "../remote/wire.ts";
import { digestOfRoot, makeRequest } from "../trust/authority.ts";
import { parseToken } from "../trust/token.ts";
import { writeCredentials } from "./credentials.ts";
import { describeNode } from "./describe.ts";
import { type Identity, requireNoCluster, writeIdentity } from "./identity.ts";
import { reviveNode } from "./revive.ts";

const PATIENCE_MS = 10_000;

type Joining = { readonly manager: string; readonly token: string; readonly version: string };

/**
 * Makes this machine a worker of a cluster: the manager proves itself by what the token pins, and gives a certificate for the token. Throws
 * `denied` for a wrong token or a wrong manager, `unavailable` for none, `wrong_state` when this machine is part of a cluster.
 */
export async function joinCluster(engine: Engine, { manager, token, version }: Joining): Promise<Identity> {
  requireNoCluster(engine);
  const { rootDigest } = parseToken(token);
  const { host, port } = parseAddress(manager);
  const at = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asked = await callManager(at, { method: "GET", path: "/ca", signal, credentials: undefined });
  const { ca } = (await asked.json()) as { ca: string };
  if (digestOfRoot(ca) !== rootDigest) throw wrongRoot(at);
  const { request, key } = await makeRequest();
  const body: JoinRequest = { token: token.trim(), request, description: describeNode("", version) };
  const answer = await callManager(at, { method: "POST", path: "/join", body, signal, credentials: { ca } });
  const { nodeId, clusterId, cert } = (await answer.json()) as Joined;
  const identity: Identity = { nodeId, clusterId, role: "worker", managers: [at] };
  writeIdentity(engine, identity, () => writeCredentials(engine, { ca, cert, key }));
  await reviveNode(engine);
  return identity;
}

function wrongRoot(at: string): EstibaError {
  return new EstibaError("denied", {
    reason: "cluster.wrong_root",
    what: `remote CA does not match fingerprint: what answers at ${at} is no manager of the cluster that the token is of`,
    fix: "see that the address is right; ask the manager for its token: estiba swarm join-token worker",
  });
}
