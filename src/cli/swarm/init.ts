import type { StorePlace } from "../../cluster/node/identity.ts";
import { initCluster } from "../../cluster/node/init.ts";
import { parseAddress } from "../../cluster/remote/node-server.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand, type Values } from "../command.ts";

const ETCD_OPTIONS = {
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

export const command: Command = defineCommand({
  name: "swarm init",
  summary: "Make this machine the first node of a cluster",
  usage: "[OPTIONS]",
  description:
    "Services can be created afterwards. The state is kept in a file below Estiba's root, or in an etcd of your own.",
  options: {
    "advertise-addr": { kind: "string", value: "IP", help: "The address that other nodes reach this one at" },
    "listen-addr": { kind: "string", value: "IP[:PORT]", help: "Listen for other nodes there (default port 2377)" },
    ...ETCD_OPTIONS,
    autolock: { kind: "refused", help: "the state is not encrypted yet, so there is no key to keep" },
    availability: { kind: "refused", help: "afterwards: estiba node update --availability drain self" },
    "cert-expiry": { kind: "refused", help: "certificates are good for 90 days, and renewed after half of them" },
    "data-path-addr": { kind: "refused", help: "tunnels use the address that nodes are reached at" },
    "data-path-port": { kind: "refused", help: "tunnels use UDP port 4789" },
    "default-addr-pool": { kind: "refused", help: "it is 10.32.0.0/12; give networks a --subnet" },
    "default-addr-pool-mask-length": { kind: "refused", help: "it is 22; give networks a --subnet" },
    "dispatcher-heartbeat": { kind: "refused", help: "nodes are heard of each second, and given up after four" },
    "external-ca": { kind: "refused", help: "the cluster's own CA is the only one" },
    "force-new-cluster": {
      kind: "refused",
      help: "a manager with its state in a file is one already; etcd has its own way",
    },
    "max-snapshots": { kind: "refused", help: "the state is kept in SQLite or etcd, which need none" },
    "snapshot-interval": { kind: "refused", help: "the state is kept in SQLite or etcd, which need none" },
    "task-history-limit": { kind: "refused", help: "five ended tasks are kept of each slot" },
  },
  args: [0, 0],
  examples: [
    ["estiba swarm init", "a cluster of one machine"],
    ["estiba swarm init --etcd http://10.0.0.5:2379", "with its state in etcd"],
  ],
  async run(values, _args, cli) {
    const address = values["advertise-addr"];
    const listen = values["listen-addr"];
    if (listen !== undefined) parseAddress(listen);
    const { nodeId } = await initCluster(cli.engine(), { address, store: storeOf(values), listen });
    cli.out(`Swarm initialized: current node (${nodeId}) is now a manager.\n`);
    cli.out("\nTo add a worker to this swarm, run 'estiba swarm join-token worker' and follow the instructions.\n");
    return 0;
  },
});

function storeOf(values: Values<typeof ETCD_OPTIONS>): StorePlace {
  const { etcd: endpoints, "etcd-ca": ca, "etcd-cert": cert, "etcd-key": key } = values;
  const files = [ca, cert, key].filter((file) => file !== undefined);
  const bad = endpoints.find((url) => !/^https?:\/\/[^/]+$/.test(url));
  if (bad !== undefined) throw badEtcd(`--etcd: "${bad}" is not http://HOST:PORT or https://HOST:PORT`);
  if (files.length > 0 && endpoints.length === 0) throw badEtcd("--etcd-ca, --etcd-cert and --etcd-key need --etcd");
  if (endpoints.length === 0) return { kind: "sqlite" };
  if (ca !== undefined && cert !== undefined && key !== undefined)
    return { kind: "etcd", endpoints, tls: { ca, cert, key } };
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
