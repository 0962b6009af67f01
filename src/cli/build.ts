import { BUILD_OPTIONS } from "./build/options.ts";
import { showBuild } from "./build/progress.ts";
import { buildRequest } from "./build/request.ts";
import { type Command, defineCommand } from "./command.ts";
import { catchInterrupt } from "./image/interrupt.ts";

export const command: Command = defineCommand({
  name: "build",
  summary: "Build an image from a Containerfile or Dockerfile",
  usage: "[OPTIONS] [CONTEXT]",
  description:
    "The context is the folder whose files COPY and ADD can take; without one, the current folder. In it the file is\nContainerfile or Dockerfile, unless --file names another.",
  options: BUILD_OPTIONS,
  args: [0, 1],
  complete: "none",
  examples: [
    ["estiba build -t app:1 .", "from the current folder"],
    ["estiba build -f web/Containerfile --target test web", "another file, and only up to a stage"],
    ["estiba build --build-arg VERSION=2 -t app:2 .", "with an argument"],
  ],
  async run(values, [context], cli) {
    using interrupt = catchInterrupt();
    const { buildImage } = await import("../build/build.ts");
    const request = await buildRequest(values, context, { cli, signal: interrupt.signal });
    const image = await showBuild(cli, buildImage(cli.engine(), request), values);
    if (values.iidfile !== undefined) await Bun.write(values.iidfile, `sha256:${image.id}`);
    cli.out(`${image.id}\n`);
    return 0;
  },
});
