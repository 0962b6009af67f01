import { askNode } from "../../cluster/door/client.ts";
import { type Backup, writeBackup } from "../../cluster/node/backup-file.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "swarm store backup",
  summary: "Write the state of the cluster to a file",
  usage: "FILE",
  description:
    "All of it as it is at one moment, while the cluster works: nodes, services, tasks, secrets with\ntheir key, and the key of the root certificate: who has the file can play the cluster. On any manager.",
  options: {},
  args: [1, 1],
  examples: [["estiba swarm store backup /var/backups/cluster", "each night, from a timer"]],
  async run(_values, [file = ""], cli) {
    const ask = await askNode(cli.engine());
    const state = await ask<Omit<Backup, "createdAt">>("GET", "/state");
    writeBackup(file, { ...state, createdAt: new Date().toISOString() });
    cli.out(`${file}\n`);
    return 0;
  },
});
