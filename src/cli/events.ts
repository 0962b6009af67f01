import { readEvents } from "../engine/events.ts";
import type { EventRecord } from "../state/events.ts";
import { eventJson, eventRow, eventText } from "../views/event.ts";
import { type Command, defineCommand } from "./command.ts";
import { writeAll } from "./context.ts";
import { isJsonFormat } from "./format-options.ts";
import { momentOf } from "./moment-option.ts";

export const command: Command = defineCommand({
  name: "events",
  summary: "Show what happens to containers, images, volumes and networks",
  usage: "[OPTIONS]",
  description:
    "Shows what comes, until it is interrupted; with --since or --until also what has been. The last\nten thousand events or so are kept.\n\nWith --cluster those of all nodes are one stream, in the order of their time, and each tells its node;\nservices and nodes are told of as they change.",
  options: {
    cluster: { kind: "flag", help: "Of tasks on all nodes, services and nodes; on managers" },
    filter: {
      kind: "list",
      short: "f",
      value: "KEY=VALUE",
      help: "Only what fits, such as event=died or container=web",
    },
    format: { kind: "string", value: "TEMPLATE", help: "json, or a Go template, such as '{{.Status}} {{.Name}}'" },
    "no-trunc": { kind: "flag", on: true, help: "Show whole ids" },
    since: { kind: "string", value: "TIME", help: "From a time (RFC 3339, Unix) or a while ago (10m) on" },
    stream: { kind: "flag", on: true, help: "Go on with what comes; --stream=false ends with what is there" },
    until: { kind: "string", value: "TIME", help: "Up to a time, or a while from now" },
  },
  args: [0, 0],
  examples: [
    ["estiba events", "what happens from now on"],
    ["estiba events --since 1h --stream=false --filter event=died", "what has ended within the last hour"],
    ["estiba events --format '{{.Status}} {{.Name}}'", "a line of one's own"],
  ],
  async run(values, _args, cli) {
    const write = await writerFor(values.format, !values["no-trunc"]);
    const wish = {
      since: momentOf("--since", values.since),
      until: momentOf("--until", values.until),
      filters: values.filter,
      follow: values.stream,
    };
    if (values.cluster) return await (await import("./task/events.ts")).showClusterEvents(cli, wish, write);
    const events = readEvents(cli.engine(), wish);
    // Whoever reads the first ones only, as `head` does, has had enough.
    for await (const event of events) if (!writeAll(1, write(event))) break;
    return 0;
  },
});

/** How an event is shown. */
export async function writerFor(
  format: string | undefined,
  truncate: boolean,
): Promise<(event: EventRecord) => string> {
  if (format === undefined) return (event) => `${eventText(event, truncate)}\n`;
  if (isJsonFormat(format)) return (event) => `${JSON.stringify(eventJson(event))}\n`;
  const { renderTable } = await import("./table.ts");
  // Each comes by itself: there are no columns to measure, hence no headings either.
  return (event) => renderTable(format, [eventRow(event)], { headers: {}, noHeading: true });
}
