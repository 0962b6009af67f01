import type { Loaded } from "../../compose/load.ts";
import type { LoadOptions } from "../../compose/options.ts";
import type { Naming } from "../../compose/plan/names.ts";
import type { UpEvent, UpOptions } from "../../compose/up.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type ComposeCli, type ComposeGlobals, composeGlobals } from "./globals.ts";
import { definedVariables, loadOptions } from "./load-options.ts";
import { type ProgressMode, type Showing, showSteps } from "./progress.ts";
import { type LoadedWithBases, loadWithBases } from "./with-bases.ts";

type Loading = Partial<Pick<LoadOptions, "services" | "dependencies" | "allResources" | "profiles">>;

type Making = { readonly loaded: Loaded; readonly options: UpOptions; readonly signal: AbortSignal };

/** What a verb works with: the project of this command line, and the way to show progress. */
export type Session = {
  readonly cli: ComposeCli;
  readonly globals: ComposeGlobals;
  readonly dryRun: boolean;
  readonly color: boolean;
  readonly load: (options?: Loading) => Promise<LoadedWithBases>;
  /** The project where there is a file; where only its name is known, undefined. */
  readonly loadIfThere: (
    options?: Loading,
  ) => Promise<{ readonly loaded: Loaded | undefined; readonly naming: Naming }>;
  readonly namingOf: (project: string) => Naming;
  /** Makes a project true and shows how that goes; in a dry run it only tells what would be done. */
  readonly make: (title: string, making: Making, how?: { readonly quiet: boolean }) => Promise<void>;
  /** Most pulls and builds at once: as the command line, the variables of the process or `.env` say. */
  readonly parallel: (loaded: Loaded) => number | undefined;
  readonly showing: (title: string) => Showing;
  readonly show: <Result>(title: string, events: AsyncGenerator<UpEvent, Result, undefined>) => Promise<Result>;
};

/** The session of a verb. Throws nothing by itself. */
export function openSession(cli: ComposeCli): Session {
  const globals = composeGlobals(cli);
  const variables = definedVariables();
  const told = new Set<string>();
  const load = async (options: Loading = {}): Promise<LoadedWithBases> => {
    const loaded = await loadWithBases({ ...loadOptions(cli, variables), ...options });
    // A verb may load more than once.
    const warnings = [...loaded.warnings, ...withoutEffect(loaded)];
    for (const warning of warnings.filter((text) => !told.has(text))) cli.err(`WARN: ${warning}\n`);
    for (const warning of warnings) told.add(warning);
    return loaded;
  };
  const namingOf = (project: string): Naming => ({ project, separator: isCompatible(globals, variables) ? "_" : "-" });
  const color = usesColor(globals, variables);
  const showing = (title: string): Showing => ({
    mode: (globals.progress ?? variables["COMPOSE_PROGRESS"] ?? "auto") as ProgressMode,
    color,
    dryRun: globals["dry-run"],
    title,
    err: isOn(variables, "COMPOSE_STATUS_STDOUT") ? cli.out : cli.err,
  });
  return {
    cli,
    globals,
    dryRun: globals["dry-run"],
    color,
    load,
    namingOf,
    parallel: ({ environment }) => {
      const limit = Number(environment["COMPOSE_PARALLEL_LIMIT"]);
      return globals.parallel ?? (Number.isInteger(limit) && limit > 0 ? limit : undefined);
    },
    loadIfThere: async (options) => {
      const named = globals["project-name"] ?? variables["COMPOSE_PROJECT_NAME"];
      try {
        const loaded = await load(options);
        return { loaded, naming: namingOf(loaded.project.name) };
      } catch (error) {
        const missing = isEstibaError(error, "not_found") && error.reason === "compose.no_file";
        if (!missing || named === undefined || globals.file.length > 0) throw error;
        return { loaded: undefined, naming: namingOf(named) };
      }
    },
    showing,
    make: async (title, { loaded, options, signal }, how) => {
      const { checkRunnable } = await import("../../compose/not-here.ts");
      for (const warning of checkRunnable(loaded)) cli.warn(warning);
      const { previewUp, upProject } = await import("../../compose/up.ts");
      if (!globals["dry-run"]) {
        const mode = how?.quiet === true ? ({ mode: "quiet" } as const) : {};
        await showSteps(upProject(cli.engine(), loaded, options, signal), { ...showing(title), ...mode });
        return;
      }
      const { images, plan } = previewUp(cli.engine(), loaded, options);
      const { dryRunSteps } = await import("./dry-run.ts");
      await showSteps(dryRunSteps([...images, ...plan.steps], plan.warnings), showing(title));
    },
    show: async (title, events) => await showSteps(events, showing(title)),
  };
}

/** The same session beside output that is shown: steps are lines, as a tree would be drawn over what is printed meanwhile. */
export function amidOutput(session: Session): Session {
  return {
    ...session,
    show: async (title, events) => {
      const showing = session.showing(title);
      const drawn = showing.mode === "auto" || showing.mode === "tty";
      return await showSteps(events, { ...showing, mode: drawn ? "plain" : showing.mode });
    },
  };
}

/** What a variable of Docker Compose asks for in vain. */
function withoutEffect({ environment }: Loaded): string[] {
  const name = "COMPOSE_CONVERT_WINDOWS_PATHS";
  return isOn(environment, name) ? [`${name} has no effect: paths of Windows stay as they are written`] : [];
}

function isCompatible({ compatibility }: ComposeGlobals, variables: Readonly<Record<string, string>>): boolean {
  return compatibility || isOn(variables, "COMPOSE_COMPATIBILITY");
}

/** Whether a variable says yes. */
export function isOn(variables: Readonly<Record<string, string | undefined>>, name: string): boolean {
  return ["1", "true"].includes((variables[name] ?? "").toLowerCase());
}

function usesColor({ ansi }: ComposeGlobals, variables: Readonly<Record<string, string>>): boolean {
  const when = ansi ?? variables["COMPOSE_ANSI"] ?? "auto";
  if (when !== "auto") return when === "always";
  return process.stdout.isTTY && (variables["NO_COLOR"] ?? "") === "";
}
