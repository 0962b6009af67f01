import { askNode } from "../../cluster/door/client.ts";
import { forceNewCluster } from "../../cluster/node/force-new.ts";
import { initCluster } from "../../cluster/node/init.ts";
import { parseAddress } from "../../cluster/remote/node-server.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { hintAtBoot } from "./boot-hint.ts";
import { CERT_OPTIONS, certExpiry } from "./cert-expiry.ts";
import { ETCD_OPTIONS, storeOf } from "./etcd-options.ts";
import { REFUSED_SETTINGS } from "./refused-settings.ts";
import { readUnlockKey, tellUnlockKey } from "./unlock-words.ts";

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
    autolock: { kind: "flag", help: "Have managers need a key when their processes begin (swarm unlock)" },
    availability: { kind: "refused", help: "afterwards: estiba node update --availability drain self" },
    ...CERT_OPTIONS,
    ...REFUSED_SETTINGS,
    "data-path-addr": { kind: "refused", help: "tunnels use the address that nodes are reached at" },
    "data-path-port": { kind: "refused", help: "tunnels use UDP port 4789" },
    "default-addr-pool": { kind: "refused", help: "it is 10.32.0.0/12; give networks a --subnet" },
    "default-addr-pool-mask-length": { kind: "refused", help: "it is 22; give networks a --subnet" },
    "force-new-cluster": {
      kind: "flag",
      help: "Be the only manager from now on, when etcd has lost its majority for good",
    },
  },
  args: [0, 0],
  examples: [
    ["estiba swarm init", "a cluster of one machine"],
    ["estiba swarm init --etcd http://10.0.0.5:2379", "with its state in etcd"],
    ["estiba swarm init --force-new-cluster", "the last manager, when the etcd of the cluster is lost"],
  ],
  async run(values, _args, cli) {
    const address = values["advertise-addr"];
    const listen = values["listen-addr"];
    if (listen !== undefined) parseAddress(listen);
    const certExpiryMs = certExpiry(values["cert-expiry"]);
    const store = storeOf(values) ?? { kind: "sqlite" };
    if (values["force-new-cluster"]) {
      if (address !== undefined || listen !== undefined) throw keepsPlace();
      if (values.autolock || certExpiryMs !== undefined) throw keepsSettings();
      const { nodeId: kept } = await forceNewCluster(cli.engine(), store);
      cli.out(`Swarm initialized: current node (${kept}) is now its only manager.\n`);
      return 0;
    }
    const engine = cli.engine();
    const { nodeId } = await initCluster(engine, { address, store, listen });
    const ask = await askNode(engine);
    if (certExpiryMs !== undefined) await ask("POST", "/swarm/root", { certExpiryMs });
    if (values.autolock) await ask("POST", "/swarm/autolock", { autolock: true });
    cli.out(`Swarm initialized: current node (${nodeId}) is now a manager.\n`);
    cli.out("\nTo add a worker to this swarm, run 'estiba swarm join-token worker' and follow the instructions.\n");
    if (values.autolock) {
      cli.out("\n");
      tellUnlockKey(cli, await readUnlockKey(ask));
    }
    hintAtBoot(cli);
    return 0;
  },
});

function keepsSettings(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.keeps_settings",
    what: "with --force-new-cluster the cluster has the settings that it had",
    fix: "change them afterwards: estiba swarm update --autolock, --cert-expiry",
  });
}

function keepsPlace(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.keeps_place",
    what: "with --force-new-cluster the manager is reached where it was before: workers know that place",
    fix: "leave out --advertise-addr and --listen-addr",
  });
}
