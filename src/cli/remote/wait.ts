import { badOption } from "../container/bad-option.ts";
import { forEachName, ignoringUnknown } from "../container/each.ts";
import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

/** Our words for what Docker's API can wait for. */
const CONDITIONS: Readonly<Record<string, string>> = {
  stopped: "not-running",
  exited: "not-running",
  removing: "removed",
};
const UNKNOWN_CODE = "-1";

export const verb: RemoteVerb = defineRemote({
  options: { condition: "list", ignore: "flag", latest: "flag" },
  async run(values, args, remote) {
    const [word = "stopped", ...more] = values.condition;
    const condition = CONDITIONS[word];
    if (condition === undefined || more.length > 0)
      throw badOption(
        "--condition",
        values.condition.join(", "),
        "what an engine elsewhere can wait for",
        "stopped, or removing",
      );
    const names = await selectContainers(remote, args, values);
    return await forEachName(remote, names, async (name) => {
      const code = await ignoringUnknown(values.ignore, async () => {
        const answer = await remote.client.json<{ StatusCode: number }>("POST", containerPath(name, "wait"), {
          query: { condition },
        });
        return String(answer.StatusCode);
      });
      return code ?? UNKNOWN_CODE;
    });
  },
});
