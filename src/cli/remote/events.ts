import type { EventLine } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { eventFilters, eventsOf } from "../../client/events.ts";
import type { EventType } from "../../state/events.ts";
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
    const lines = remote.client.objects<EventLine>("GET", "/events", { query });
    for await (const event of eventsOf(lines)) remote.out(write({ ...event, type: event.type as EventType }));
    return 0;
  },
});
