import { removeContainer } from "../engine/remove.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { listPods, podMembers } from "../state/pods.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName, ignoringUnknown, someAtOnce } from "./container/each.ts";
import { FILTER_OPTION, SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";
import { removalExitCode } from "./exit.ts";

export const command: Command = defineCommand({
  name: "rm",
  summary: "Remove containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "The exit code is 1 when a container does not exist, and 2 when one runs, as with Podman.",
  options: {
    ...SELECT_OPTIONS,
    depend: { kind: "flag", help: "Remove the containers that join its namespaces too" },
    filter: { kind: FILTER_OPTION.kind, value: FILTER_OPTION.value, help: FILTER_OPTION.help },
    force: { kind: "flag", short: "f", help: "Kill it first if it runs" },
    ignore: { kind: "flag", short: "i", help: "Do not mind a container that does not exist" },
    link: { kind: "refused", help: "there are no links between containers; networks have names instead" },
    storage: { kind: "refused", help: "no other tool keeps containers in this storage" },
    time: {
      kind: "integer",
      short: "t",
      aliases: ["timeout"],
      value: "SECONDS",
      help: "With --force, time between stop signal and SIGKILL (default 0)",
    },
    volumes: { kind: "flag", short: "v", help: "Remove its anonymous volumes too" },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba rm web", "remove a container that has ended"],
    ["estiba rm --force --all", "remove everything, running or not"],
  ],
  async run(values, args, cli) {
    if (values.time !== undefined && !values.force) throw timeWithoutForce();
    const engine = cli.engine();
    // As with Podman: a pod whose infra container is to go goes as a whole.
    if (values.all && values.filter.length === 0) for (const id of await removePods(cli, values)) cli.out(`${id}\n`);
    const names = selectContainers(cli, args, values, ({ record }) => record.spec.pod?.infra !== true);
    // One that is gone by now is what was asked for, unless it was named.
    const ignore = values.ignore || values.force || values.all || values.filter.length > 0;
    const remove = async (name: string): Promise<string> => {
      try {
        await removeContainer(engine, name, {
          force: values.force,
          volumes: values.volumes,
          dependents: values.depend || values.all ? "remove" : "refuse",
          timeoutSeconds: values.time,
        });
      } catch (error) {
        // There is nothing to be read of it that could keep it here.
        if (!values.force || !isEstibaError(error, "corrupt")) throw error;
        if (!(await (await import("../engine/forget-damaged.ts")).forgetDamaged(engine, name))) throw error;
      }
      return name;
    };
    const removeOne = (name: string): Promise<string | undefined> => ignoringUnknown(ignore, () => remove(name));
    // With --time, what takes long is that they may.
    const work = values.time === undefined ? someAtOnce(removeOne) : removeOne;
    return await forEachName(cli, names, work, removalExitCode);
  },
});

async function removePods(cli: Cli, { force, time }: { force: boolean; time: number | undefined }): Promise<string[]> {
  const engine = cli.engine();
  const pods = listPods(engine.store).filter(({ infraId }) => infraId !== undefined);
  if (pods.length === 0) return [];
  const { removePod } = await import("../engine/pod/remove.ts");
  const ids: string[] = [];
  for (const { id } of pods) {
    const members = podMembers(engine.store, id);
    try {
      await removePod(engine, id, { force, timeoutSeconds: time });
      ids.push(...members.map((member) => member.id));
    } catch (error) {
      // Who keeps it is told of where containers are removed one by one.
      if (force || !isEstibaError(error, "in_use")) throw error;
    }
  }
  return ids;
}

function timeWithoutForce(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.time_without_force",
    what: "--force option must be specified to use the --time option",
    fix: "add --force, or leave --time out",
  });
}
