import { writeFileSync } from "node:fs";
import { commitContainer } from "../engine/commit.ts";
import { type Command, defineCommand } from "./command.ts";
import { catchInterrupt } from "./image/interrupt.ts";

export const command: Command = defineCommand({
  name: "commit",
  summary: "Make an image of what a container has changed",
  usage: "[OPTIONS] CONTAINER [IMAGE]",
  description:
    "The image does by itself what the container did: its command, variables, ports and labels go along.\nWhat volumes and other mounts hold is not part of it.",
  options: {
    author: { kind: "string", short: "a", value: "NAME", help: "Author of the image" },
    change: {
      kind: "list",
      short: "c",
      value: "INSTRUCTION",
      help: "Apply CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR to the image",
    },
    config: { kind: "string", value: "FILE", help: "Merge a JSON configuration into the image's", complete: "file" },
    format: {
      kind: "string",
      short: "f",
      value: "FORMAT",
      help: "Kind of manifest (default oci)",
      choices: ["oci", "docker"],
    },
    iidfile: { kind: "string", value: "FILE", help: "Write the image's id to this file", complete: "file" },
    "include-volumes": {
      kind: "flag",
      help: "Make the container's volumes volumes of the image, without their content",
    },
    message: { kind: "string", short: "m", value: "TEXT", help: "Comment in the image's history" },
    pause: { kind: "flag", short: "p", help: "Freeze a running container meanwhile" },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
    squash: { kind: "flag", short: "s", help: "Make a single layer of the whole root" },
  },
  args: [1, 2],
  complete: "container",
  examples: [
    ["estiba commit web web:patched", "stored as localhost/web:patched"],
    ["estiba commit -c 'CMD [\"/bin/app\"]' -c 'ENV MODE=prod' work app:1", "with another command"],
  ],
  async run(values, [container = "", name], cli) {
    using interrupt = catchInterrupt();
    const image = await commitContainer(cli.engine(), container, {
      name,
      author: values.author,
      message: values.message,
      changes: values.change,
      configFile: values.config,
      format: values.format === "docker" ? "docker" : "oci",
      includeVolumes: values["include-volumes"],
      pause: values.pause,
      squash: values.squash,
      signal: interrupt.signal,
      report: ({ kind, digest }) => {
        if (!values.quiet) cli.err(`Copying ${kind} ${digest}\n`);
      },
    });
    if (values.iidfile !== undefined) writeFileSync(values.iidfile, image.id);
    cli.out(`${image.id}\n`);
    return 0;
  },
});
