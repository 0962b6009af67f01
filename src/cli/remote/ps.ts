import type { ContainerListed } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { listedRow } from "../../views/docker/listed-row.ts";
import { defaultFormat, PS_HEADERS } from "../ps.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    filter: "list",
    format: "string",
    last: "integer",
    latest: "flag",
    "no-trunc": "flag",
    noheading: "flag",
    quiet: "flag",
    size: "flag",
  },
  async run(values, _args, remote) {
    const { format = "", last = -1, latest } = values;
    const count = latest ? 1 : last > 0 ? last : undefined;
    const query = {
      all: values.all || count !== undefined || values.filter.some((text) => text.startsWith("status=")),
      limit: count,
      size: values.size || /\.Size\b/.test(format),
      filters: filtersJson(values.filter),
    };
    const listed = (await remote.client.json<ContainerListed[]>("GET", "/containers/json", { query })).toReversed();
    if (values.format === "json") {
      remote.out(`${JSON.stringify(listed, null, 2)}\n`);
      return 0;
    }
    const rows = listed.map((one) => listedRow(one, Date.now(), values["no-trunc"]));
    if (values.quiet && values.format === undefined) {
      remote.out(rows.map(({ ID }) => `${ID}\n`).join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const usual = defaultFormat({ namespace: false, pod: false, size: values.size });
    const how = { headers: PS_HEADERS, noHeading: values.noheading, name: "ps" };
    remote.out(renderTable(chosenFormat(values.format, usual), rows, how));
    return 0;
  },
});
