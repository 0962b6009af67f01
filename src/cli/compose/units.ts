import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootTarget, PROJECT_KEY, type UnitText } from "../../compose/units.ts";
import { projectTarget, unitFolder } from "../../config/project-units.ts";
import { hasCode } from "../../lib/has-code.ts";
import { isUser } from "../quadlet/context.ts";

/** Where the units of the user who calls lie. */
export function ownUnitFolder(): string {
  return unitFolder({ user: isUser(), environment: process.env });
}

/** Puts units where systemd finds them, and the link by which it starts the project at boot. Gives the paths. */
export function writeUnits(project: string, units: readonly UnitText[]): string[] {
  const folder = ownUnitFolder();
  mkdirSync(folder, { recursive: true });
  const paths = units.map(({ fileName, text }) => {
    const path = join(folder, fileName);
    writeFileSync(path, text);
    return path;
  });
  const link = linkPath(folder, project);
  mkdirSync(join(link, ".."), { recursive: true });
  try {
    symlinkSync(join("..", projectTarget(project)), link);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  return [...paths, link];
}

/** Takes the units of a project away, and their link, which goes first: a boot meets all of them or none. Gives the paths. */
export function removeUnits(project: string): string[] {
  const folder = ownUnitFolder();
  if (!existsSync(folder)) return [];
  const mark = `\n${PROJECT_KEY}=${project}\n`;
  const units = readdirSync(folder)
    .filter((name) => name.startsWith(`estiba-compose-${project}.`) && !name.endsWith(".wants"))
    .map((name) => join(folder, name))
    .filter((path) => readFileSync(path, "utf8").includes(mark));
  if (units.length === 0) return [];
  const paths = [linkPath(folder, project), ...units];
  for (const path of paths) rmSync(path, { force: true });
  return paths;
}

function linkPath(folder: string, project: string): string {
  return join(folder, `${bootTarget(isUser())}.wants`, projectTarget(project));
}
