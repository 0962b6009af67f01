import { askNode } from "../../cluster/door/client.ts";
import type { ServiceSummary } from "../../cluster/door/wire.ts";
import { type Command, defineCommand } from "../command.ts";
import { changedSpec } from "./changed-spec.ts";
import { converge } from "./converge.ts";
import { changedFiles, filesOf } from "./files.ts";
import { UPDATE_OPTIONS } from "./update-options.ts";

export const command: Command = defineCommand({
  name: "service update",
  summary: "Change a service; its tasks are replaced as its rules say",
  usage: "[OPTIONS] SERVICE",
  description:
    "What the tasks show is changed by replacing them, some at a time. When too many of the new ones fail, the\nupdate pauses, or goes back: see --update-failure-action.",
  options: UPDATE_OPTIONS,
  args: [1, 1],
  examples: [
    ["estiba service update --image web:2 web", "another version, one task after another"],
    ["estiba service update --update-order start-first --force web", "new tasks, none of them missing meanwhile"],
    ["estiba service update --rollback web", "back to what it was"],
  ],
  async run(values, [name = ""], cli) {
    const ask = await askNode(cli.engine());
    const path = `/services/${encodeURIComponent(name)}`;
    const { service, version } = await ask<ServiceSummary>("GET", path);
    if (values.rollback) await ask("POST", `${path}/rollback`);
    else {
      const asked = { secret: values["secret-add"], config: values["config-add"] };
      const added = await filesOf(ask, asked, { secret: "--secret-add", config: "--config-add" });
      const removed = { secret: values["secret-rm"], config: values["config-rm"] };
      const files = changedFiles(service.spec.files ?? [], { added, removed });
      await ask("PUT", path, { spec: { ...changedSpec(service.spec, values), files }, version });
    }
    cli.out(`${name}\n`);
    return values.detach ? 0 : await converge(cli, ask, service.id, { quiet: values.quiet });
  },
});
