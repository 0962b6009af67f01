import { observeProject } from "../../compose/apply/world.ts";
import type { Loaded } from "../../compose/load.ts";
import { changedVolumes } from "../../compose/plan/plan-resources.ts";
import type { UpOptions } from "../../compose/up.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { imageBringer } from "./images.ts";
import { isOn, type Session } from "./session.ts";
import type { MAKE_OPTIONS } from "./up-options.ts";
import type { LoadedWithBases } from "./with-bases.ts";

type MakeValues = Omit<Values<typeof MAKE_OPTIONS>, "scale"> & { readonly scale: readonly string[] };

/** What a verb that makes containers asks for besides. */
export type MakeExtra = {
  readonly targets: readonly string[];
  readonly start: boolean;
  readonly leave?: readonly string[];
  readonly alwaysRecreateDependencies?: boolean;
  readonly renewVolumes?: boolean;
  readonly timeoutSeconds?: number | undefined;
  readonly quietBuild?: boolean;
};

/** The options of a verb that makes containers, checked. Throws `invalid` for those that exclude each other. */
export async function upOptions(
  session: Session,
  loaded: LoadedWithBases,
  values: MakeValues,
  extra: MakeExtra,
): Promise<UpOptions> {
  for (const [one, other] of [
    ["build", "no-build"],
    ["force-recreate", "no-recreate"],
  ] as const) {
    if (values[one] && values[other])
      throw badOption(`--${one}`, "true", `possible together with --${other}`, "leave out one of the two");
  }
  const naming = session.namingOf(loaded.project.name);
  const { cli } = session;
  const targets = extra.targets.length === 0 ? Object.keys(loaded.project.services) : extra.targets;
  const recreate = values["force-recreate"] ? "force" : values["no-recreate"] ? "never" : "diverged";
  return {
    naming,
    targets,
    recreate,
    recreateDependencies:
      extra.alwaysRecreateDependencies === true ? recreate : values["no-recreate"] ? "never" : "diverged",
    scale: scaleOf(values.scale, loaded),
    leave: [...loaded.onlyBuilt, ...(extra.leave ?? [])],
    start: extra.start,
    renewVolumes: extra.renewVolumes ?? false,
    replaceVolumes: await agreedVolumes(session, loaded, values.yes),
    orphans: orphanMode(values["remove-orphans"], loaded),
    pull: values.pull === "missing" || values.pull === "if_not_present" ? undefined : values.pull,
    build: values.build ? "always" : values["no-build"] ? "never" : "missing",
    timeoutSeconds: extra.timeoutSeconds,
    images: imageBringer({
      cli,
      loaded,
      naming,
      build: { arguments: [], noCache: false, pull: false, ssh: [], memory: undefined },
      quietBuild: extra.quietBuild ?? false,
    }),
    parallel: session.parallel(loaded),
  };
}

/** `SERVICE=N` of `--scale`. Throws `invalid`. */
export function scaleOf(list: readonly string[], { declaredServices }: Loaded): Record<string, number> {
  return Object.fromEntries(
    list.map((text) => {
      const [, service = "", count] = /^(.+)=(\d+)$/.exec(text) ?? [];
      if (count === undefined) throw badOption("--scale", text, "SERVICE=N", "for example --scale web=3");
      if (!declaredServices.includes(service))
        throw badOption("--scale", text, `possible: no such service: ${service}`);
      return [service, Number(count)];
    }),
  );
}

function orphanMode(remove: boolean, { environment }: Loaded): UpOptions["orphans"] {
  if (remove || isOn(environment, "COMPOSE_REMOVE_ORPHANS")) return "remove";
  return isOn(environment, "COMPOSE_IGNORE_ORPHANS") ? "ignore" : "warn";
}

/** Making a changed volume anew loses what is in it: somebody has to say yes. */
async function agreedVolumes({ cli, dryRun }: Session, loaded: Loaded, yes: boolean): Promise<string[]> {
  const changed = changedVolumes(loaded.project, observeProject(cli.engine(), loaded.project.name));
  if (yes || changed.length === 0) return changed.map(({ name }) => name);
  if (dryRun) return [];
  const { confirm } = await import("../confirm.ts");
  const agreed: string[] = [];
  for (const { name } of changed) {
    const question = `Volume "${name}" exists but doesn't match configuration in compose file. Recreate (data will be lost)?`;
    if (await confirm(question)) agreed.push(name);
  }
  return agreed;
}
