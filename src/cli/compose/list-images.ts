import { lookUpImage } from "../../engine/find-image.ts";
import { humanDuration } from "../../lib/duration.ts";
import { formatSize } from "../../lib/size.ts";
import { parseReference } from "../../oci/reference.ts";
import { formatTable } from "../../views/table.ts";
import { type Command, defineCommand } from "../command.ts";
import { serviceContainers } from "./containers.ts";
import { openSession } from "./session.ts";

export const command: Command = defineCommand({
  name: "compose images",
  summary: "List the images of a project's containers",
  usage: "[OPTIONS] [SERVICE...]",
  options: {
    format: { kind: "string", value: "FORMAT", choices: ["table", "json"], help: "table or json (default table)" },
    quiet: { kind: "flag", short: "q", help: "Show ids only" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  examples: [["estiba compose images", "a line for each container"]],
  async run(values, services, cli) {
    const session = openSession(cli);
    const { loaded, naming } = await session.loadIfThere();
    const containers = serviceContainers(session, { project: naming.project, loaded }, services);
    const images = containers.map(({ record }) => {
      // Its name may have been taken away, or given to another one.
      const image = lookUpImage(cli.engine(), record.imageId)?.image;
      const { repository, tag } = partsOf(record.imageName);
      const createdAtMs = image?.createdAtMs ?? 0;
      return { container: record.name, repository, tag, id: record.imageId, size: image?.sizeBytes ?? 0, createdAtMs };
    });
    if (values.quiet) cli.out([...new Set(images.map(({ id }) => id))].map((id) => `${id}\n`).join(""));
    else if (values.format === "json") {
      const rows = images.map(({ container, repository, tag, id, size, createdAtMs }) => ({
        ID: `sha256:${id}`,
        ContainerName: container,
        Repository: repository,
        Tag: tag,
        Size: size,
        Created: new Date(createdAtMs).toISOString(),
      }));
      cli.out(`${JSON.stringify(rows)}\n`);
    } else {
      const rows = images.map(({ container, repository, tag, id, size, createdAtMs }) => [
        container,
        repository,
        tag,
        id.slice(0, 12),
        formatSize(size),
        createdAtMs === 0 ? "" : `${humanDuration(Date.now() - createdAtMs)} ago`,
      ]);
      cli.out(formatTable([["CONTAINER", "REPOSITORY", "TAG", "IMAGE ID", "SIZE", "CREATED"], ...rows]));
    }
    return 0;
  },
});

function partsOf(name: string): { repository: string; tag: string } {
  const { path, domain, tag = "<none>" } = parseReference(name);
  return { repository: domain === undefined ? path : `${domain}/${path}`, tag };
}
