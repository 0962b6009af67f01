import { EstibaError } from "../../lib/error.ts";
import { findContainer } from "../../state/containers.ts";
import { findPod, podMembers } from "../../state/pods.ts";
import { type Command, defineCommand } from "../command.ts";
import { LOGS_OPTIONS, showLogs } from "../logs.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

const { color, follow, names, since, tail, timestamps, until } = LOGS_OPTIONS;

export const command: Command = defineCommand({
  name: "pod logs",
  summary: "Show what the containers of a pod printed",
  usage: "[OPTIONS] POD",
  description: "Each line has the id of its container in front, or with --names the name.",
  options: {
    color,
    container: {
      kind: "string",
      short: "c",
      value: "CONTAINER",
      help: "Only of this one of its containers",
      complete: "container",
    },
    follow,
    latest: SELECT_PODS.latest,
    names,
    since,
    tail,
    timestamps,
    until,
  },
  args: [0, 1],
  complete: "pod",
  examples: [["estiba pod logs --names --follow web", "what all of its containers print, as it comes"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const [name = ""] = selectPods(cli, args, { latest: values.latest });
    const pod = findPod(engine.store, name);
    const members = podMembers(engine.store, pod.id);
    const wanted = values.container === undefined ? undefined : findContainer(engine.store, values.container).id;
    const records = members.filter(({ id, spec }) => (wanted === undefined ? spec.pod?.infra !== true : id === wanted));
    if (wanted !== undefined && records.length === 0) throw notInPod(values.container ?? "", pod.name);
    return await showLogs(cli, records, { ...values, details: false, labelled: wanted === undefined });
  },
});

function notInPod(container: string, pod: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "pod.no_such_member",
    what: `the container ${container} is not in pod ${pod}`,
    fix: `see: estiba ps --all --filter pod=${pod}`,
  });
}
