import { projectTarget } from "../config/project-units.ts";
import { printWords } from "../lib/unit-words.ts";
import type { Project } from "./project.ts";
import type { Condition, Service } from "./service.ts";

/** What the units of a project are made from. */
export type UnitRequest = {
  readonly project: Project;
  readonly projectDirectory: string;
  /** The beginning of every command line: our program, `compose`, and the options that name the project and its files. */
  readonly command: readonly string[];
  /** For a user's systemd instead of the system's. */
  readonly user: boolean;
};

export type UnitText = { readonly fileName: string; readonly text: string };

/** A key of ours, over which systemd reads: which project a unit belongs to. */
export const PROJECT_KEY = "X-EstibaProject";

/**
 * Units of systemd that start a project at boot: one for each service, after those that it depends on, and a target that wants them all.
 * A service's unit has started when its dependents may. Pure.
 */
export function unitsOf(request: UnitRequest): UnitText[] {
  const { project } = request;
  const services = Object.keys(project.services);
  const target = section("Unit", [
    ["Description", `Compose project ${project.name}`],
    ["Documentation", "man:estiba-compose-enable(1)"],
    [PROJECT_KEY, project.name],
    ...services.map((name): Line => ["Wants", serviceUnit(project.name, name)]),
  ]);
  const install = section("Install", [["WantedBy", bootTarget(request.user)]]);
  return [
    { fileName: projectTarget(project.name), text: `${target}\n${install}` },
    ...services.map((name) => ({ fileName: serviceUnit(project.name, name), text: serviceText(request, name) })),
  ];
}

/** What the boot of a machine, or a user's first log-in, leads to. */
export function bootTarget(user: boolean): string {
  return user ? "default.target" : "multi-user.target";
}

// No name of a project has a dot.
function serviceUnit(project: string, service: string): string {
  return `estiba-compose-${project}.${service}.service`;
}

type Line = readonly [key: string, value: string];

function serviceText({ project, projectDirectory, command, user }: UnitRequest, name: string): string {
  const service = project.services[name] as Service;
  const needed = Object.entries(service.depends_on ?? {}).filter(([other]) => Object.hasOwn(project.services, other));
  const conditions = conditionsOn(project, name);
  const up = ["up", "--detach", "--no-deps", "--no-recreate", "--no-build"];
  const wait = conditions.has("service_healthy") ? ["--wait"] : [];
  const line = (...words: readonly string[]): string => printWords([...command, ...words].map(literal));
  const unit = section("Unit", [
    ["Description", `Service ${name} of the Compose project ${project.name}`],
    [PROJECT_KEY, project.name],
    ["PartOf", projectTarget(project.name)],
    // A user's systemd knows nothing of these.
    ...(user
      ? []
      : ([
          ["Wants", "network-online.target"],
          ["After", "network-online.target estiba-boot.service"],
        ] as const)),
    ["RequiresMountsFor", printWords([literal(projectDirectory)])],
    ...needed.flatMap(([other, { required }]): Line[] => [
      [required ? "Requires" : "Wants", serviceUnit(project.name, other)],
      ["After", serviceUnit(project.name, other)],
    ]),
  ]);
  const run = section("Service", [
    ["Type", "oneshot"],
    ["RemainAfterExit", "yes"],
    ["WorkingDirectory", projectDirectory.replaceAll("%", "%%")],
    ["ExecStart", line(...up, ...wait, name)],
    ...(conditions.has("service_completed_successfully") ? [["ExecStart", line("wait", name)] as const] : []),
    ["ExecStop", line("stop", name)],
    // Containers, their monitors and the watcher have cgroups of their own, and end by ExecStop.
    ["KillMode", "process"],
    ["TimeoutStartSec", "infinity"],
  ]);
  return `${unit}\n${run}`;
}

/** What others want of a service before they start. */
function conditionsOn({ services }: Project, name: string): Set<Condition> {
  return new Set(Object.values(services).flatMap(({ depends_on }) => depends_on?.[name]?.condition ?? []));
}

/** A word that systemd fills nothing into. */
function literal(word: string): string {
  return word.replaceAll("%", "%%").replaceAll("$", "$$$$");
}

function section(name: string, lines: readonly Line[]): string {
  return `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join("")}`;
}
