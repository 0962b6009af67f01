import { createLimits } from "../../views/docker/create-host-config.ts";
import type { Option, Values } from "../command.ts";
import { forEachName } from "../container/each.ts";
import { limitsOf, UPDATABLE_OPTIONS } from "../container/options/limits.ts";
import { parseRestartPolicy } from "../container/options/restart.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

const LIMITS_SHAPE = Object.fromEntries(
  Object.entries(UPDATABLE_OPTIONS as Readonly<Record<string, Option>>).flatMap(([name, { kind }]) =>
    kind === "refused" ? [] : [[name, kind] as const],
  ),
);

export const verb: RemoteVerb = defineRemote({
  options: { ...LIMITS_SHAPE, restart: "string", latest: "flag" },
  async run(given, args, remote) {
    const values = given as unknown as Values<typeof UPDATABLE_OPTIONS> & {
      restart: string | undefined;
      latest: boolean;
    };
    const policy =
      values.restart === undefined || values.restart === "" ? undefined : parseRestartPolicy(values.restart);
    const json = {
      ...createLimits(limitsOf(values)),
      ...(policy === undefined
        ? {}
        : { RestartPolicy: { Name: policy.name, MaximumRetryCount: policy.maxRetries ?? 0 } }),
    };
    const names = await selectContainers(remote, args, values);
    return await forEachName(remote, names, async (name) => {
      const path = containerPath(name, "update");
      const { Warnings } = await remote.client.json<{ Warnings: readonly string[] | null }>("POST", path, { json });
      for (const warning of Warnings ?? []) remote.warn(warning);
      return name;
    });
  },
});
