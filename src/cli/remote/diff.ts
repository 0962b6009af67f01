import { containerPath, selectContainers } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

const LETTERS = ["C", "A", "D"];
const WORDS = ["changed", "added", "deleted"];

type Change = { readonly Path: string; readonly Kind: number };

export const verb: RemoteVerb = defineRemote({
  options: { format: "string", latest: "flag" },
  async run(values, args, remote) {
    const [name = ""] = await selectContainers(remote, args, values);
    const changes = (await remote.client.json<Change[] | null>("GET", containerPath(name, "changes"))) ?? [];
    if (values.format !== "json") {
      remote.out(changes.map(({ Kind, Path }) => `${LETTERS[Kind]} ${Path}\n`).join(""));
      return 0;
    }
    const groups = WORDS.map((word, kind) => [
      word,
      changes.filter(({ Kind }) => Kind === kind).map(({ Path }) => Path),
    ]);
    const found = Object.fromEntries(groups.filter(([, paths]) => (paths ?? []).length > 0)) as object;
    remote.out(`${JSON.stringify(found, null, 5)}\n`);
    return 0;
  },
});
