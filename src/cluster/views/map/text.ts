import { compactBytes, fit } from "../../../views/map/marks.ts";
import type { ClusterPicture, MapNetwork, MapNode, MapTask } from "./picture.ts";

const WIDTH = 80;
const NAME = 24;
const STATE = 25;

/** A line of a tree with what is below it. */
type Branch = { readonly line: string; readonly below: readonly Branch[] };

/** The picture as trees in text, no line of it wider than 80 columns. Pure. */
export function clusterText(picture: ClusterPicture): string {
  const sections = [
    [picture.title],
    ["NODES and their tasks", ...grown(picture.nodes.map(nodeBranch))],
    picture.waiting.length === 0 ? [] : ["WAITING for a node", ...grown(picture.waiting.map(taskBranch))],
    picture.services.length === 0
      ? []
      : ["SERVICES", ...picture.services.map((one) => row(one.name, `${one.replicas} ${one.mode}`, one.ports))],
    picture.networks.length === 0 ? [] : ["NETWORKS, where names lead", ...grown(picture.networks.map(networkBranch))],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${fit(line, WIDTH).trimEnd()}\n`).join(""))
    .join("\n");
}

function row(name: string, state: string, rest: string): string {
  return `${fit(name, NAME)} ${fit(state, STATE)} ${rest}`;
}

function nodeBranch({ name, state, address, cpus, memoryBytes, tasks }: MapNode): Branch {
  const line = `${name}  ${state}  ${address}, ${Math.round(cpus * 100) / 100} CPUs, ${compactBytes(memoryBytes)}`;
  return { line, below: tasks.map(taskBranch) };
}

function taskBranch({ name, state, image, addresses, error }: MapTask): Branch {
  const more = [...addresses, ...(error === "" ? [] : [error])];
  return { line: row(name, state, image), below: more.map(leaf) };
}

function networkBranch({ name, what, members, nodes }: MapNetwork): Branch {
  const services = members.map((member) => {
    const tasks = member.tasks.join(" ");
    return leaf(`${fit(member.name, NAME)} ${member.virtual === "" ? "" : `${member.virtual} → `}${tasks || "nobody"}`);
  });
  const gateways = nodes.length === 0 ? [] : [leaf(`${fit("(nodes)", NAME)} ${nodes.join(", ")}`)];
  return { line: `${name}  ${what}`, below: [...services, ...gateways] };
}

function leaf(line: string): Branch {
  return { line, below: [] };
}

function grown(branches: readonly Branch[]): string[] {
  return branches.flatMap(({ line, below }) => [line, ...limbs(below, "")]);
}

function limbs(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({ line, below }, index) => {
    const last = index === branches.length - 1;
    return [`${indent}${last ? "└─ " : "├─ "}${line}`, ...limbs(below, `${indent}${last ? "   " : "│  "}`)];
  });
}
