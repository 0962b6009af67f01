import type { NodeClient } from "../../cluster/door/client.ts";
import type { NodeSummary, SwarmFacts } from "../../cluster/door/wire.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { catchInterrupt } from "../image/interrupt.ts";

const LONGEST_BAR = 50;
const SHORTEST_BAR = 10;
/** What stands beside the bar, with thousands of nodes. */
const BESIDE_BAR = 46;

/**
 * Waits until all nodes have certificates of the root that the cluster has now, and trust nothing else; tells on the way how far that is. False
 * when somebody does not want to wait: it goes on all the same.
 */
export async function followRotation(cli: Cli, ask: NodeClient, { quiet }: { quiet: boolean }): Promise<boolean> {
  using interrupt = catchInterrupt();
  const { signal } = interrupt;
  const draw = quiet ? () => undefined : drawing(cli);
  try {
    for (let revision = 0; ; ) {
      const facts = await ask<SwarmFacts>("GET", "/swarm", undefined, signal);
      const nodes = await ask<NodeSummary[]>("GET", "/nodes", undefined, signal);
      const progress = progressOf(facts, nodes);
      draw(linesOf(facts, progress));
      if (progress.isDone) return true;
      ({ revision } = await ask<{ revision: number }>("GET", `/revision?after=${revision}`, undefined, signal));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!isEstibaError(signal.reason)) throw signal.reason;
    cli.out("Operation continuing in background.\n");
    return false;
  }
}

type Progress = {
  readonly total: number;
  readonly certificates: number;
  readonly roots: number;
  /** Nodes that are to get a certificate yet. */
  readonly awaited: readonly string[];
  readonly isDone: boolean;
};

function progressOf(facts: SwarmFacts, nodes: readonly NodeSummary[]): Progress {
  const awaited = nodes.filter(({ tls }) => tls?.publicKey !== facts.publicKey);
  const total = nodes.length;
  const roots = facts.isRotating ? 0 : nodes.filter(({ tls }) => tls?.trust === facts.ca).length;
  return {
    total,
    certificates: total - awaited.length,
    roots,
    awaited: awaited.map(({ node }) => `${node.description.hostname}${node.state === "down" ? " (down)" : ""}`),
    isDone: awaited.length === 0 && roots === total,
  };
}

/** Docker's lines, and one that says who is waited for. */
function linesOf({ signer }: SwarmFacts, { total, certificates, roots, awaited }: Progress): string[] {
  const digest = new Bun.CryptoHasher("sha256").update(signer).digest("hex");
  const length = Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, columns() - BESIDE_BAR));
  const bar = (current: number): string => {
    const filled = total === 0 ? length : Math.floor((current * length) / total);
    const head = filled < length ? ">" : "";
    return `[${"=".repeat(filled)}${head}${" ".repeat(length - filled - head.length)}] ${current}/${total} nodes`;
  };
  return [
    `desired root digest: sha256:${digest}`,
    `  rotated TLS certificates:  ${bar(certificates)}`,
    `  rotated CA certificates:   ${bar(roots)}`,
    ...(awaited.length === 0 ? [] : [`  waiting for: ${awaited.join(", ")}`]),
  ];
}

/** Of the terminal; without one, as many as there may be. */
function columns(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

/** On a terminal in place; elsewhere what is new. */
function drawing(cli: Cli): (lines: readonly string[]) => void {
  let before: readonly string[] = [];
  return (lines) => {
    if (process.stdout.isTTY) {
      // Long lines take several of the terminal's.
      const rows = before.reduce((sum, line) => sum + Math.ceil(Bun.stringWidth(line) / columns()), 0);
      const up = rows === 0 ? "" : `\u001B[${rows}A\r`;
      cli.out(`${up}${lines.map((line) => `${line}\u001B[K\n`).join("")}\u001B[J`);
    } else for (const line of lines) if (!before.includes(line)) cli.out(`${line}\n`);
    before = lines;
  };
}
