import type { Role } from "../model/node.ts";
import { issueCertificate } from "../trust/authority.ts";
import { signerOf, trustOf } from "../trust/rotation.ts";
import { requireCluster } from "./cluster-record.ts";
import type { Manager } from "./manager.ts";

/** A certificate, and the roots that go with it. PEM. */
export type Certified = { readonly cert: string; readonly ca: string };

/** What is needed of a manager for it. */
export type Certifier = Parameters<typeof requireCluster>[0] & Pick<Manager, "nodeId" | "now">;

type Bearer = { readonly nodeId: string; readonly role: Role; readonly addresses?: readonly string[] };

/** Makes a node's certificate, as it is to be now. Throws `invalid` for what is no request, `unavailable` before there is a cluster. */
export async function certify(
  manager: Certifier,
  request: string,
  { nodeId, role, addresses = [] }: Bearer,
): Promise<Certified> {
  const record = requireCluster(manager);
  const wanted = { nodeId, role, addresses, now: manager.now(), expiryMs: record.certExpiryMs };
  return { cert: await issueCertificate(signerOf(record), request, wanted), ca: trustOf(record) };
}
