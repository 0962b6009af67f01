import { askNode, type NodeClient } from "../../cluster/door/client.ts";
import type { ServiceSummary } from "../../cluster/door/wire.ts";
import { AUTOSCALE_LABELS } from "../../cluster/model/autoscale.ts";
import type { ServiceMode, ServiceSpec } from "../../cluster/model/service.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { converge } from "./converge.ts";
import { WAIT_OPTIONS } from "./options.ts";

export const command: Command = defineCommand({
  name: "service scale",
  summary: "Change the number of tasks of services",
  usage: "[OPTIONS] SERVICE=REPLICAS [SERVICE=REPLICAS...]",
  options: { detach: WAIT_OPTIONS.detach },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba service scale web=5 worker=0", "five of the one, none of the other"]],
  async run(values, args, cli) {
    const wanted = args.map(parseScale);
    const ask = await askNode(cli.engine());
    const scaled: string[] = [];
    for (const { name, replicas } of wanted) {
      scaled.push(await scale(ask, name, replicas));
      cli.out(`${name} scaled to ${replicas}\n`);
    }
    if (!values.detach) for (const id of scaled) await converge(cli, ask, id, { quiet: false });
    return 0;
  },
});

async function scale(ask: NodeClient, name: string, replicas: number): Promise<string> {
  const { service, version } = await ask<ServiceSummary>("GET", `/services/${encodeURIComponent(name)}`);
  const { id, spec } = service;
  requireScaledByHand(name, spec);
  await ask("PUT", `/services/${id}`, { spec: { ...spec, mode: scaledMode(name, spec.mode, replicas) }, version });
  return id;
}

function requireScaledByHand(name: string, { labels }: ServiceSpec): void {
  if (labels[AUTOSCALE_LABELS.max] === undefined) return;
  throw new EstibaError("unsupported", {
    reason: "service.autoscaled",
    what: `the tasks of ${name} are counted by what they use`,
    fix: `change the bounds: estiba service update --autoscale-min N --autoscale-max N ${name}`,
  });
}

/** The mode with another number of tasks. Throws `unsupported` for a service whose nodes give that. */
export function scaledMode(name: string, mode: ServiceMode, replicas: number): ServiceMode {
  switch (mode.kind) {
    case "replicated":
      return { ...mode, replicas };
    case "replicated-job":
      return { ...mode, total: replicas, concurrent: Math.min(mode.concurrent, Math.max(replicas, 1)) };
    case "global":
    case "global-job":
      throw new EstibaError("unsupported", {
        reason: "service.not_scalable",
        what: `${name}: scale can only be used with replicated or replicated-job mode`,
        fix: "a global service has one task on each node that fulfils its constraints",
      });
  }
}

function parseScale(text: string): { name: string; replicas: number } {
  const [, name, count] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined) throw badOption("service scale", text, "SERVICE=REPLICAS", "for example: web=3");
  return { name, replicas: Number(count) };
}
