import { readFileSync } from "node:fs";
import { askNode } from "../../cluster/door/client.ts";
import type { RootChange } from "../../cluster/manager/root.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { CERT_OPTIONS, certExpiry } from "./cert-expiry.ts";
import { followRotation } from "./rotation-progress.ts";

const OPTIONS = {
  rotate: { kind: "flag", help: "Replace the root by another one, while the cluster runs" },
  "ca-cert": { kind: "string", value: "FILE", help: "By this one (PEM), with --ca-key", complete: "file" },
  "ca-key": { kind: "string", value: "FILE", help: "The key of that one (PEM)", complete: "file" },
  ...CERT_OPTIONS,
  detach: { kind: "flag", short: "d", help: "Do not wait until all nodes have certificates of the new root" },
  "external-ca": { kind: "refused", help: "the cluster's own CA is the only one" },
  quiet: { kind: "flag", short: "q", help: "No progress" },
} as const;

export const command: Command = defineCommand({
  name: "swarm ca",
  summary: "Show or replace the root certificate of the cluster",
  usage: "[OPTIONS]",
  description:
    "With --rotate nodes get certificates of the new root, one after another, and trust both until all have one;\nconnections stay. A node that is down is waited for, unless it is removed (estiba node rm). Begun again on the way,\nthe next root takes the place of that one. Join tokens are others afterwards: they pin the root.",
  options: OPTIONS,
  args: [0, 0],
  examples: [
    ["estiba swarm ca > ca.pem", "for who wants to know whom nodes trust"],
    ["estiba swarm ca --rotate", "another root, when somebody may have the key of this one"],
    ["estiba swarm ca --rotate --ca-cert ca.pem --ca-key ca.key", "a root of your own"],
  ],
  async run(values, _args, cli) {
    const change = values.rotate ? changeOf(values) : undefined;
    if (change === undefined) requireRotate(values);
    const ask = await askNode(cli.engine());
    if (change !== undefined) {
      await ask("POST", "/swarm/root", change);
      if (values.detach) return 0;
      if (!(await followRotation(cli, ask, { quiet: values.quiet })) || values.quiet) return 0;
    }
    const { ca } = await ask<{ ca: string }>("GET", "/ca");
    cli.out(`${ca.trimEnd()}\n`);
    return 0;
  },
});

function changeOf(values: Values<typeof OPTIONS>): RootChange {
  const { "ca-cert": cert, "ca-key": key } = values;
  const certExpiryMs = certExpiry(values["cert-expiry"]);
  if ((cert === undefined) !== (key === undefined)) {
    throw new EstibaError("invalid", {
      reason: "cluster.bad_root",
      what: "--ca-cert and --ca-key are only of use together: the cluster signs by that key",
      fix: "name both files, or none for a root that is made",
    });
  }
  const given = cert === undefined || key === undefined ? undefined : { cert: read(cert), key: read(key) };
  return { root: given ?? "new", certExpiryMs };
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

// In Docker's words.
function requireRotate(values: Values<typeof OPTIONS>): void {
  const given = (["ca-cert", "ca-key", "cert-expiry"] as const).find((name) => values[name] !== undefined);
  if (given === undefined) return;
  throw new EstibaError("invalid", {
    reason: "cluster.needs_rotate",
    what: `\`--${given}\` flag requires the \`--rotate\` flag to update the CA`,
    fix: "estiba swarm ca --rotate",
  });
}
