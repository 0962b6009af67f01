import { askNode } from "../../cluster/door/client.ts";
import type { SwarmFacts } from "../../cluster/door/wire.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { CERT_OPTIONS, certExpiry } from "./cert-expiry.ts";
import { REFUSED_SETTINGS } from "./refused-settings.ts";
import { readUnlockKey, tellUnlockKey } from "./unlock-words.ts";

export const command: Command = defineCommand({
  name: "swarm update",
  summary: "Change the settings of the cluster",
  usage: "[OPTIONS]",
  description:
    "With --autolock, what managers keep of keys is encrypted: when its process begins anew, a manager needs a key\n(estiba swarm unlock), which is shown once and by estiba swarm unlock-key.",
  options: {
    autolock: {
      kind: "string",
      value: "BOOL",
      bare: "true",
      choices: ["true", "false"],
      help: "Whether managers are locked when their processes begin",
    },
    ...CERT_OPTIONS,
    ...REFUSED_SETTINGS,
  },
  args: [0, 0],
  examples: [
    ["estiba swarm update --autolock", "who has a manager's disk does not have the cluster's keys"],
    ["estiba swarm update --autolock=false", "managers come back by themselves"],
  ],
  async run(values, _args, cli) {
    const certExpiryMs = certExpiry(values["cert-expiry"]);
    if (values.autolock === undefined && certExpiryMs === undefined)
      throw badOption("swarm update", "", "a change", "name one: --autolock or --cert-expiry");
    const ask = await askNode(cli.engine());
    const { isAutolocked } = await ask<SwarmFacts>("GET", "/swarm");
    if (certExpiryMs !== undefined) await ask("POST", "/swarm/root", { certExpiryMs });
    const autolock = values.autolock === undefined ? isAutolocked : values.autolock === "true";
    if (autolock !== isAutolocked) await ask("POST", "/swarm/autolock", { autolock });
    cli.out("Swarm updated.\n");
    if (autolock && !isAutolocked) tellUnlockKey(cli, await readUnlockKey(ask));
    return 0;
  },
});
