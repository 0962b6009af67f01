import { TASK_LABELS } from "../../cluster/agent/labels.ts";
import { pieceOf, taskLogs } from "../../cluster/reach/task-logs.ts";
import { badRequest } from "../http/api-error.ts";
import { type Call, jsonLines, type Reply } from "../http/call.ts";

const OURS = new Set<string>(Object.values(TASK_LABELS));

/** `GET /logs`: what all tasks with a label print, whenever they begin, with whose it is. */
export function logs({ engine, query, signal }: Call): Reply {
  const label = query.text("label") ?? "";
  if (!OURS.has(label.split("=")[0] ?? "")) throw badRequest("label: it must be one of tasks");
  const wish = { label, follow: query.flag("follow"), tail: query.integer("tail"), signal };
  return jsonLines(pieces());

  async function* pieces() {
    for await (const part of taskLogs(engine, wish)) yield pieceOf(part);
  }
}
