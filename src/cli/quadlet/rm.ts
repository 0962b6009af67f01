import { rmSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { isUser, outcomes } from "./context.ts";
import { allFiles, fileNamed } from "./find.ts";
import { reloadSystemd, stopUnit, unitStatus } from "./systemd.ts";

export const command: Command = defineCommand({
  name: "quadlet rm",
  summary: "Remove Quadlet files",
  usage: "[OPTIONS] FILE [FILE...]",
  options: {
    all: { kind: "flag", short: "a", help: "Remove all of them" },
    force: { kind: "flag", short: "f", help: "Stop what runs first" },
    ignore: { kind: "flag", short: "i", help: "Do not mind a file that does not exist" },
    "reload-systemd": { kind: "flag", on: true, help: "Let systemd read its units anew" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "none",
  examples: [
    ["estiba quadlet rm web.container", "remove a file; its unit goes with the next reload"],
    ["estiba quadlet rm --force --all", "stop and remove everything"],
  ],
  async run(values, names, cli) {
    await Promise.resolve();
    if (values.all === names.length > 0) throw nothingNamed();
    const files = allFiles();
    const services = new Map(
      outcomes(isUser()).flatMap((each) => ("service" in each ? [[each.file.fileName, each.service.fileName]] : [])),
    );
    const failures: unknown[] = [];
    for (const name of values.all ? files.map(({ fileName }) => fileName) : names) {
      if (values.ignore && !files.some(({ fileName }) => fileName === name)) continue;
      try {
        const { path } = fileNamed(files, name);
        endUnit(services.get(name), name, values.force);
        rmSync(path);
        cli.out(`${name}\n`);
      } catch (error) {
        failures.push(error);
        cli.err(formatError(error));
      }
    }
    reloadSystemd(cli, values["reload-systemd"]);
    return failures.length === 0 ? 0 : exitCodeOf(failures[0]);
  },
});

function endUnit(unit: string | undefined, name: string, force: boolean): void {
  if (unit === undefined || !unitStatus(unit).startsWith("active")) return;
  if (force) {
    stopUnit(unit);
    return;
  }
  throw new EstibaError("in_use", {
    reason: "quadlet.running",
    what: `quadlet ${name} is running and force is not set, refusing to remove: its unit is ${unit}`,
    fix: `estiba quadlet rm --force ${name}`,
  });
}

function nothingNamed(): EstibaError {
  return new EstibaError("invalid", {
    reason: "quadlet.none_named",
    what: "at least one quadlet file must be selected, or --all, and not both",
    fix: "see: estiba quadlet list",
  });
}
