import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { reloadSystemd } from "../quadlet/systemd.ts";
import { openSession } from "./session.ts";
import { ownUnitFolder, removeUnits } from "./units.ts";

export const command: Command = defineCommand({
  name: "compose disable",
  summary: "Remove the units that start a project at boot",
  usage: "[OPTIONS]",
  description:
    "What runs goes on. Without the project's files its name is enough: `--project-name NAME` before the verb.",
  options: { "reload-systemd": { kind: "flag", on: true, help: "Let systemd read its units anew" } },
  args: [0, 0],
  complete: "none",
  examples: [["estiba compose -p shop disable", "a project by its name"]],
  async run(values, _args, cli) {
    const session = openSession(cli);
    const { naming } = await session.loadIfThere();
    const paths = removeUnits(naming.project);
    if (paths.length === 0) throw notEnabled(naming.project);
    for (const path of paths) cli.out(`${path}\n`);
    reloadSystemd(cli, values["reload-systemd"]);
    return 0;
  },
});

function notEnabled(project: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "compose.not_enabled",
    what: `no unit in ${ownUnitFolder()} starts the project "${project}"`,
    fix: "make them: estiba compose enable",
  });
}
