import { askNode } from "../../../cluster/door/client.ts";
import { differences } from "../../../cluster/stack/check.ts";
import { previewStack } from "../../../cluster/stack/deploy.ts";
import type { Loaded } from "../../../compose/load.ts";
import type { Values } from "../../command.ts";
import { deployLoaded } from "../../stack/deploy-loaded.ts";
import type { ComposeCli } from "../globals.ts";
import { isOn, openSession } from "../session.ts";
import type { UP_OPTIONS } from "../up-options.ts";
import { scaleOf } from "../up-request.ts";
import type { LoadedWithBases } from "../with-bases.ts";

/** Deploys the project as a stack of its name; waits until all of it runs, unless it is to be left in the background. */
export async function upOnCluster(
  values: Values<typeof UP_OPTIONS>,
  services: readonly string[],
  cli: ComposeCli,
): Promise<number> {
  const session = openSession(cli);
  const loaded = asked(await session.load({ services, dependencies: !values["no-deps"] }), values.scale);
  const prune = values["remove-orphans"] || isOn(loaded.environment, "COMPOSE_REMOVE_ORPHANS");
  const found = differences(loaded);
  if (session.dryRun) {
    for (const { how, text } of found) cli.out(`${how}: ${text}\n`);
    if (found.some(({ how }) => how === "refused")) return 1;
    const steps = await previewStack(await askNode(cli.engine()), loaded, prune);
    for (const { what, kind, name } of steps) cli.err(` DRY-RUN MODE -  ${what} ${kind} ${name}\n`);
    return 0;
  }
  const count = found.filter(({ how }) => how === "differs").length;
  if (count > 0)
    cli.err(`${count} things are not as on one machine: estiba compose --dry-run up --cluster lists them\n`);
  const seconds = values["wait-timeout"];
  await deployLoaded(cli, loaded, {
    prune,
    force: values["force-recreate"],
    quiet: session.globals.progress === "quiet",
    wait: values.wait || !values.detach,
    deadline: seconds === undefined ? undefined : performance.now() + seconds * 1000,
  });
  return 0;
}

/** The project as the command line wants it: so many of some, and nothing of those that are only in it for their images. */
function asked(loaded: LoadedWithBases, list: readonly string[]): Loaded {
  const scale = scaleOf(list, loaded);
  const services = Object.entries(loaded.project.services)
    .filter(([name]) => !loaded.onlyBuilt.includes(name))
    .map(([name, service]) => [name, name in scale ? { ...service, scale: scale[name] ?? 1 } : service] as const);
  return { ...loaded, project: { ...loaded.project, services: Object.fromEntries(services) } };
}
