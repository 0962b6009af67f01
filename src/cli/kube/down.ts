import type { ReadObject } from "../../kube/schema/objects.ts";
import { type Command, defineCommand } from "../command.ts";
import type { Cli } from "../context.ts";
import { readSource } from "./source.ts";

export const command: Command = defineCommand({
  name: "kube down",
  summary: "Remove the pods of Kubernetes YAML",
  usage: "[OPTIONS] FILE|-|URL",
  description:
    "Pods are stopped and removed, with the volumes that live as long as they, and so are the secrets of the file. Claimed\nvolumes stay, unless --force removes them. What is not there is no error.",
  options: { force: { kind: "flag", help: "Remove the volumes of PersistentVolumeClaims too" } },
  frees: true,
  args: [1, 1],
  complete: "file",
  examples: [
    ["estiba kube down web.yaml", "take down what the file made"],
    ["estiba kube down --force web.yaml", "with the data of its claims"],
  ],
  async run(values, [name = ""], cli) {
    const { readObjects } = await import("../../kube/schema/objects.ts");
    return await printDown(cli, readObjects(await readSource(name)).objects, values.force);
  },
});

/** Takes the objects down and prints it as Podman does. */
export async function printDown(cli: Cli, objects: readonly ReadObject[], force: boolean): Promise<number> {
  const { takeDown } = await import("../../kube/play/down.ts");
  const down = await takeDown(cli.engine(), objects, { force });
  const sections = [
    ["Pods stopped:", down.stopped],
    ["Pods removed:", down.removed],
    ["Secrets removed:", down.secrets],
    ["Volumes removed:", down.volumes],
  ] as const;
  for (const [heading, lines] of sections) cli.out(`${[heading, ...lines].join("\n")}\n`);
  return 0;
}
