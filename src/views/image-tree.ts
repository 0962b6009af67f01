import type { LayerNode } from "../engine/image-tree.ts";
import { formatUsage } from "../lib/size.ts";
import { digestHex } from "../oci/digest.ts";

/** Layers as lines, each below the one it stands on; where several stand on one, indented as a tree. */
export function treeLines(root: LayerNode | undefined): string[] {
  return root === undefined ? [] : linesOf([root], "");
}

function linesOf(nodes: readonly LayerNode[], indent: string): string[] {
  return nodes.flatMap((node, place) => {
    const last = place === nodes.length - 1;
    const only = nodes.length === 1 && node.children.length === 1;
    const line = `${indent}${last && !only ? "└── " : "├── "}${textOf(node)}`;
    // A chain goes straight down; only where it forks does it move to the right.
    const deeper = nodes.length === 1 && node.children.length <= 1 ? indent : `${indent}${last ? "    " : "│   "}`;
    return [line, ...linesOf(node.children, deeper)];
  });
}

const INSTRUCTION_LENGTH = 60;

function textOf({ layer, madeBy, names }: LayerNode): string {
  const top = names.length === 0 ? "" : ` Top Layer of: [${names.join(" ")}]`;
  const by = madeBy === undefined || madeBy === "" ? "" : ` By: ${shortened(madeBy)}`;
  return `ID: ${digestHex(layer.chainId).slice(0, 12)} Size: ${formatUsage(layer.sizeBytes).padStart(7)}${top}${by}`;
}

function shortened(instruction: string): string {
  const line = instruction
    .replaceAll(/\s+/g, " ")
    .replace(/ # buildkit$/, "")
    .trim();
  return line.length > INSTRUCTION_LENGTH ? `${line.slice(0, INSTRUCTION_LENGTH - 3)}...` : line;
}
