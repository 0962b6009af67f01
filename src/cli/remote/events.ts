import type { EventLine } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { eventFilters, eventOf } from "../../client/events.ts";
import type { EventRecord, EventType } from "../../state/events.ts";
import { writerFor } from "../events.ts";
import { momentOf } from "../moment-option.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    filter: "list",
    format: "string",
    "no-trunc": "flag",
    since: "string",
    stream: "flag",
    until: "string",
  },
  async run(values, _args, remote) {
    const write = await writerFor(values.format, !values["no-trunc"]);
    const until = momentOf("--until", values.until) ?? (values.stream ? undefined : Date.now());
    const since = momentOf("--since", values.since) ?? (values.stream ? undefined : 0);
    const seconds = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : String(ms / 1000));
    const query = {
      since: seconds(since),
      until: seconds(until),
      filters: filtersJson(eventFilters(values.filter)),
    };
    for await (const line of remote.client.objects<EventLine>("GET", "/events", { query }))
      remote.out(write(recordOf(line)));
    return 0;
  },
});

function recordOf(line: EventLine): EventRecord {
  const event = eventOf(line);
  // In a network's events the container is an attribute.
  return { ...event, type: event.type as EventType };
}
