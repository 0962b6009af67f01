import { existsSync } from "node:fs";
import { join } from "node:path";

/** The label by which containers of a Compose project know it. */
export const PROJECT_LABEL = "com.docker.compose.project";

type Owner = { readonly user: boolean; readonly environment: Readonly<Record<string, string | undefined>> };

/** Where units of systemd are put: the system's, or those of the user who calls; the first folder of SYSTEMD_UNIT_PATH where that is set. */
export function unitFolder({ user, environment }: Owner): string {
  const [first = ""] = (environment["SYSTEMD_UNIT_PATH"] ?? "").split(":");
  if (first !== "") return first;
  if (!user) return "/etc/systemd/system";
  return join(environment["XDG_CONFIG_HOME"] ?? join(environment["HOME"] ?? "/", ".config"), "systemd/user");
}

/** The unit that starts all services of a project. */
export function projectTarget(project: string): string {
  return `estiba-compose-${project}.target`;
}

/** Tells which projects units start by themselves at boot, in their order. Where systemd does not run, none. */
export function startedByUnits(
  owner: Owner,
  systemdRuns: boolean,
): (labels: Readonly<Record<string, string>>) => boolean {
  const folder = unitFolder(owner);
  return (labels) => {
    const project = labels[PROJECT_LABEL];
    return systemdRuns && project !== undefined && existsSync(join(folder, projectTarget(project)));
  };
}
