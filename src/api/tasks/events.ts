import { taskEvents } from "../../cluster/reach/task-events.ts";
import { type Call, jsonLines, type Reply } from "../http/call.ts";

/** `GET /events`: what happens to containers of tasks, as this node's own log of events has it. */
export function events({ engine, query, signal }: Call): Reply {
  const [since, until] = [query.text("since"), query.text("until")].map((text) =>
    text === undefined ? undefined : Number(text),
  );
  const now = Number(query.text("now"));
  const wish = { since, until, now, filters: query.all("filter"), follow: query.flag("follow"), signal };
  return jsonLines(taskEvents(engine, wish));
}
