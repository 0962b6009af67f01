import { type Loaded, projectVariables } from "../../compose/load.ts";
import { unitsOf } from "../../compose/units.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { isUser } from "../quadlet/context.ts";
import { reloadSystemd } from "../quadlet/systemd.ts";
import { definedVariables, loadOptions } from "./load-options.ts";
import { openSession, type Session } from "./session.ts";
import { removeUnits, writeUnits } from "./units.ts";

export const command: Command = defineCommand({
  name: "compose enable",
  summary: "Write units of systemd that start a project at boot, in its order",
  usage: "[OPTIONS]",
  description:
    "A unit for each service, after those it depends on and what it wants of them (healthy, completed), and a target for\nall: the system's for root, the user's own otherwise. Nothing is started now. `estiba system boot` leaves the project's\ncontainers to them. With `--dry-run` before the verb the units are printed.",
  options: { "reload-systemd": { kind: "flag", on: true, help: "Let systemd read its units anew" } },
  args: [0, 0],
  complete: "none",
  examples: [
    ["estiba compose enable", "from the next boot on"],
    ["estiba compose --dry-run enable", "what would systemd be given?"],
  ],
  async run(values, _args, cli) {
    const session = openSession(cli);
    const loaded = await session.load();
    if (loaded.files.includes("-")) throw fromStdin();
    await tellVariables(session, loaded);
    const { project, projectDirectory } = loaded;
    const user = isUser();
    const units = unitsOf({ project, projectDirectory, command: commandOf(session, loaded), user });
    if (session.dryRun) {
      for (const { fileName, text } of units) cli.out(`---${fileName}---\n${text}\n`);
      return 0;
    }
    // Those of services that are gone.
    removeUnits(project.name);
    for (const path of writeUnits(project.name, units)) cli.out(`${path}\n`);
    reloadSystemd(cli, values["reload-systemd"]);
    if (user) cli.warn("units of a user start with the first log-in, or at boot after: loginctl enable-linger");
    return 0;
  },
});

/** The words by which units call us: everything that this command line, or its environment, says of the project. */
function commandOf({ cli, globals, namingOf }: Session, loaded: Loaded): string[] {
  const { project, projectDirectory, files, environmentFiles } = loaded;
  const named = (process.env["COMPOSE_PROFILES"] ?? "").split(",").filter((name) => name !== "");
  const profiles = globals.profile.length > 0 ? globals.profile : named;
  return [
    ...cli.engine().selfCommand,
    "compose",
    ...(namingOf(project.name).separator === "_" ? ["--compatibility"] : []),
    "--project-directory",
    projectDirectory,
    "--project-name",
    project.name,
    ...files.flatMap((file) => ["--file", file]),
    ...environmentFiles.flatMap((file) => ["--env-file", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
}

/** At boot nobody has the variables of this shell. */
async function tellVariables({ cli }: Session, { environmentSources }: Loaded): Promise<void> {
  const used = await projectVariables(loadOptions(cli, definedVariables()));
  const shell = [...new Set(used.map(({ name }) => name))].filter((name) => environmentSources[name] === "environment");
  if (shell.length > 0)
    cli.warn(
      `${shell.join(", ")}: only this shell has what the files use here; at boot it will be missing: write it into .env`,
    );
}

function fromStdin(): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.enable_stdin",
    what: "a project from stdin cannot be started at boot",
    fix: "name files: estiba compose -f FILE enable",
  });
}
