import { requireCluster } from "../manager/cluster-record.ts";
import type { Manager } from "../manager/manager.ts";
import type { Credentials } from "../remote/call.ts";
import { issueCertificate, makeRequest, renewalTime } from "../trust/authority.ts";

/** What a manager proves itself by, made with the cluster's key; another one when half of its time is over. Throws `unavailable` before there is a cluster. */
export function ownCredentials(manager: Manager, addresses: readonly string[]): () => Promise<Required<Credentials>> {
  const state: { made?: Required<Credentials> } = {};
  return async () => {
    const { authority } = requireCluster(manager);
    const { made } = state;
    if (made?.ca === authority.cert && Date.now() < renewalTime(made.cert)) return made;
    const { request, key } = await makeRequest();
    const wanted = { nodeId: manager.nodeId, role: "manager", addresses, now: Date.now() } as const;
    state.made = { ca: authority.cert, cert: await issueCertificate(authority, request, wanted), key };
    return state.made;
  };
}
