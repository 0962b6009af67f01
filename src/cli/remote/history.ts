import { inPath } from "../../client/transfers.ts";
import { historyJson, historyRow } from "../../views/image-history.ts";
import { HISTORY_FORMAT, HISTORY_HEADERS } from "../history.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

type Step = {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Size: number;
  readonly Comment: string;
  readonly Tags: readonly string[] | null;
};

export const verb: RemoteVerb = defineRemote({
  options: { format: "string", human: "flag", "no-trunc": "flag", quiet: "flag" },
  async run(values, [image = ""], remote) {
    const answer = await remote.client.json<Step[]>("GET", `/images/${inPath(image)}/history`);
    const steps = answer.map(({ Id, Created, CreatedBy, Size, Comment, Tags }) => ({
      created: new Date(Created * 1000).toISOString(),
      createdBy: CreatedBy,
      comment: Comment,
      emptyLayer: Size === 0,
      sizeBytes: Size,
      imageId: Id === "<missing>" ? undefined : Id.replace(/^sha256:/, ""),
      names: Tags ?? [],
    }));
    if (values.format === "json") {
      remote.out(`${JSON.stringify(steps.map(historyJson))}\n`);
      return 0;
    }
    const how = { nowMs: Date.now(), full: values["no-trunc"], human: values.human };
    const rows = steps.map((step) => historyRow(step, how));
    if (values.quiet && values.format === undefined) {
      remote.out(rows.map(({ ID }) => `${ID}\n`).join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const shown = { headers: HISTORY_HEADERS, name: "history" };
    remote.out(renderTable(chosenFormat(values.format, HISTORY_FORMAT), rows, shown));
    return 0;
  },
});
