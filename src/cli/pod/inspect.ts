import { inspectPod, type PodFacts } from "../../engine/pod/inspect.ts";
import { inspectPodDocument, podTemplateFields } from "../../views/pod.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { isTemplate, printDocuments } from "../inspect.ts";
import { SELECT_PODS, selectPods } from "./select.ts";

export const command: Command = defineCommand({
  name: "pod inspect",
  summary: "Show everything about pods, as JSON",
  usage: "[OPTIONS] POD [POD...]",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.State}}'" },
    latest: SELECT_PODS.latest,
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "pod",
  examples: [["estiba pod inspect --format '{{.InfraContainerID}}' web", "its infra container"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const found: PodFacts[] = [];
    let code = 0;
    for (const name of selectPods(cli, args, { latest: values.latest })) {
      try {
        found.push(inspectPod(engine, name));
      } catch (error) {
        cli.err(formatError(error).replace(/^Error: /, "Error: inspecting object: "));
        code = exitCodeOf(error);
      }
    }
    await printDocuments(
      cli,
      found.map(isTemplate(values.format) ? podTemplateFields : inspectPodDocument),
      values.format,
    );
    return code;
  },
});
