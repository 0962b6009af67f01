import { resolve } from "node:path";
import type { StorePlace } from "../../cluster/node/identity.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Values } from "../command.ts";

export const ETCD_OPTIONS = {
  etcd: { kind: "list", value: "URL", help: "Keep the state in this etcd (several times for several members)" },
  "etcd-ca": { kind: "string", value: "FILE", help: "The CA that etcd's certificate is of", complete: "file" },
  "etcd-cert": {
    kind: "string",
    value: "FILE",
    help: "The certificate that etcd knows this node by",
    complete: "file",
  },
  "etcd-key": { kind: "string", value: "FILE", help: "Its key", complete: "file" },
} as const;

/** The etcd that was named; undefined when none was. Throws `invalid` for what cannot be one. */
export function storeOf(values: Values<typeof ETCD_OPTIONS>): StorePlace | undefined {
  const { etcd: endpoints, "etcd-ca": ca, "etcd-cert": cert, "etcd-key": key } = values;
  const files = [ca, cert, key].filter((file) => file !== undefined);
  const bad = endpoints.find((url) => !/^https?:\/\/[^/]+$/.test(url));
  if (bad !== undefined) throw badEtcd(`--etcd: "${bad}" is not http://HOST:PORT or https://HOST:PORT`);
  if (files.length > 0 && endpoints.length === 0) throw badEtcd("--etcd-ca, --etcd-cert and --etcd-key need --etcd");
  if (endpoints.length === 0) return undefined;
  // The node's process stands in another folder.
  if (ca !== undefined && cert !== undefined && key !== undefined)
    return { kind: "etcd", endpoints, tls: { ca: resolve(ca), cert: resolve(cert), key: resolve(key) } };
  if (files.length > 0) throw badEtcd("--etcd-ca, --etcd-cert and --etcd-key are only of use together");
  return { kind: "etcd", endpoints };
}

function badEtcd(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.bad_etcd",
    what,
    fix: "for example: --etcd https://10.0.0.5:2379 --etcd-ca ca.pem --etcd-cert node.pem --etcd-key node.key",
  });
}
