import { dependentTree, imageTree } from "../../engine/image-tree.ts";
import { formatUsage } from "../../lib/size.ts";
import { treeLines } from "../../views/image-tree.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "image tree",
  summary: "Show the layers of an image, and which images end with them",
  usage: "[OPTIONS] IMAGE",
  options: { whatrequires: { kind: "flag", help: "Show what other images have built on it instead" } },
  args: [1, 1],
  complete: "image",
  examples: [["estiba image tree --whatrequires base:1", "what needs it"]],
  async run(values, [image = ""], cli) {
    const tree = values.whatrequires ? dependentTree : imageTree;
    const { details, root } = tree(cli.engine(), image);
    cli.out(`Image ID: ${details.image.id.slice(0, 12)}\n`);
    cli.out(`Tags:     [${details.names.join(" ")}]\n`);
    cli.out(`Size:     ${formatUsage(details.image.sizeBytes)}\n`);
    cli.out(`${["Image Layers", ...treeLines(root)].join("\n")}\n`);
    return await Promise.resolve(0);
  },
});
