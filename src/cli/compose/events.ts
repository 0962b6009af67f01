import { LABELS } from "../../compose/plan/names.ts";
import { readEvents } from "../../engine/events.ts";
import type { EventRecord } from "../../state/events.ts";
import { type Command, defineCommand } from "../command.ts";
import { momentOf } from "../moment-option.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose events",
  summary: "Show what happens to a project's containers",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    json: { kind: "flag", help: "A line of JSON for each" },
    since: { kind: "string", value: "TIME", help: "From a time (RFC 3339, Unix) or a while ago (10m) on" },
    until: { kind: "string", value: "TIME", help: "Up to a time, or a while from now" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose events --json", "for a program"]],
  async run(values, services, cli) {
    const { naming } = await openSession(cli).loadIfThere();
    const events = readEvents(cli.engine(), {
      since: momentOf("--since", values.since),
      until: momentOf("--until", values.until),
      filters: ["type=container", `label=${LABELS.project}=${naming.project}`],
      follow: true,
    });
    for await (const event of events) {
      const service = event.labels?.[LABELS.service] ?? "";
      if (services.length > 0 && !services.includes(service)) continue;
      cli.out(`${values.json ? JSON.stringify(jsonOf(event, service)) : textOf(event)}\n`);
    }
    return 0;
  },
});

/** Docker's words for what Podman calls otherwise. */
const ACTIONS: Readonly<Record<string, string>> = { died: "die", remove: "destroy" };

function jsonOf(event: EventRecord, service: string): object {
  const { id, name, type, attributes } = event;
  return {
    time: new Date(event.time).toISOString(),
    type,
    service,
    id,
    action: ACTIONS[event.action] ?? event.action,
    attributes: { ...attributes, name },
  };
}

function textOf({ time, type, action, id, name, attributes }: EventRecord): string {
  const parts = Object.entries({ ...attributes, name }).map(([key, value]) => `${key}=${value}`);
  const moment = new Date(time).toISOString().replace("T", " ").replace("Z", "000");
  return `${moment} ${type} ${ACTIONS[action] ?? action} ${id} (${parts.join(", ")})`;
}
