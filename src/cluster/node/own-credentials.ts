import { type Certifier, certify } from "../manager/certify.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import type { Credentials } from "../remote/call.ts";
import { makeRequest, renewalTime } from "../trust/authority.ts";
import { trustOf } from "../trust/rotation.ts";

type Made = Required<Credentials>;

/**
 * What a manager proves itself by, made with the cluster's key; another one when half of its time is over, or nodes are to trust another root.
 * Throws `unavailable` before there is a cluster.
 */
export function ownCredentials(manager: Certifier, addresses: readonly string[]): () => Promise<Made> {
  const state: { made?: Made; making?: Promise<Made> } = {};
  const make = async (): Promise<Made> => {
    const { request, key } = await makeRequest();
    const certified = await certify(manager, request, { nodeId: manager.nodeId, role: "manager", addresses });
    state.made = { ...certified, key };
    return state.made;
  };
  return async () => {
    const trust = trustOf(requireCluster(manager));
    const { made } = state;
    if (made?.ca === trust && manager.now() < renewalTime(made.cert)) return made;
    state.making ??= make().finally(() => void delete state.making);
    return await state.making;
  };
}
