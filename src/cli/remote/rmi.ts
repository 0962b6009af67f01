import type { ImageListed } from "../../client/answers.ts";
import { inPath } from "../../client/transfers.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { exitCodeOf, formatError } from "../exit.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: { all: "flag", force: "flag", ignore: "flag", "no-prune": "flag" },
  async run(values, args, remote) {
    if (values.all === args.length > 0) throw wrongArguments(values.all);
    const images = values.all ? await remote.client.json<ImageListed[]>("GET", "/images/json") : [];
    let code = 0;
    for (const name of values.all ? images.map(({ Id }) => Id) : args)
      code = (await removeOne(remote, name, values)) || code;
    return code;
  },
});

type Removed = { readonly Untagged?: string; readonly Deleted?: string };

async function removeOne(
  remote: Remote,
  name: string,
  values: { readonly all: boolean; readonly force: boolean; readonly ignore: boolean; readonly "no-prune": boolean },
): Promise<number> {
  try {
    const query = { force: values.force || values.all, noprune: values["no-prune"] };
    const removed = await remote.client.json<Removed[]>("DELETE", `/images/${inPath(name)}`, { query });
    for (const { Untagged, Deleted } of removed) {
      if (Untagged !== undefined) remote.out(`Untagged: ${Untagged}\n`);
      if (Deleted !== undefined) remote.out(`Deleted: ${Deleted}\n`);
    }
    return 0;
  } catch (error) {
    if ((values.ignore || values.force || values.all) && isEstibaError(error, "not_found")) return 0;
    remote.err(formatError(error));
    if (isEstibaError(error, "not_found")) return 1;
    return isEstibaError(error, "in_use", "conflict") ? 2 : exitCodeOf(error);
  }
}

function wrongArguments(all: boolean): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.rmi_arguments",
    what: all ? "--all takes no image names" : "no image was named",
    fix: "see: estiba rmi --help",
  });
}
