import type { ImageListed } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { type ImageRow, imageRows, imageSummaryJson } from "../../views/image.ts";
import { defaultFormat, IMAGES_HEADERS } from "../images.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

type Facts = Parameters<typeof imageRows>[0];

export const verb: RemoteVerb = defineRemote({
  options: {
    all: "flag",
    digests: "flag",
    filter: "list",
    format: "string",
    history: "flag",
    "no-trunc": "flag",
    noheading: "flag",
    quiet: "flag",
  },
  async run(values, [name], remote) {
    const filters = name === undefined ? values.filter : [...values.filter, `reference=${name}`];
    const query = { all: values.all, filters: filtersJson(filters) };
    const listed = await remote.client.json<ImageListed[]>("GET", "/images/json", { query });
    const found = listed.map((one) => ({ facts: factsOf(one), containers: Math.max(0, one.Containers ?? 0) }));
    if (values.format === "json") {
      const documents = found.map(({ facts, containers }) => imageSummaryJson(facts, containers));
      remote.out(`${JSON.stringify(documents, null, 4)}\n`);
      return 0;
    }
    const how = { nowMs: Date.now(), full: values["no-trunc"] };
    const rows: ImageRow[] = found.flatMap(({ facts, containers }) => imageRows(facts, { ...how, containers }));
    if (values.quiet && values.format === undefined) {
      remote.out([...new Set(rows.map(({ ID }) => `${ID}\n`))].join(""));
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const format = chosenFormat(values.format, defaultFormat(values));
    remote.out(renderTable(format, rows, { headers: IMAGES_HEADERS, noHeading: values.noheading, name: "images" }));
    return 0;
  },
});

function factsOf({ Id, RepoTags, RepoDigests, Created, Size, Labels }: ImageListed): Facts {
  const named = (list: readonly string[] | null | undefined): string[] =>
    (list ?? []).filter((text) => !text.startsWith("<none>"));
  const digests = named(RepoDigests);
  return {
    image: {
      id: Id.replace(/^sha256:/, ""),
      manifestDigest: digests[0]?.split("@")[1] ?? "<none>",
      createdAtMs: Created * 1000,
      sizeBytes: Size,
    },
    config: { process: { labels: Labels ?? {} } },
    names: named(RepoTags),
    repoDigests: digests,
  };
}
