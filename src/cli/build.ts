import { closeSync, openSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import type { ImageRecord } from "../state/images.ts";
import { BUILD_OPTIONS } from "./build/options.ts";
import { outputOf, writeOutput } from "./build/output.ts";
import { showBuild } from "./build/progress.ts";
import { buildRequest, platformsOf } from "./build/request.ts";
import { type Command, defineCommand } from "./command.ts";
import { type Cli, writeAll } from "./context.ts";
import { catchInterrupt } from "./image/interrupt.ts";

export const command: Command = defineCommand({
  name: "build",
  summary: "Build an image from a Containerfile or Dockerfile",
  usage: "[OPTIONS] [CONTEXT]",
  description:
    "The context is what COPY and ADD take files from: a folder, a tar archive (a path, an address, or - for stdin) or a\ngit repository (ADDRESS.git#REF:FOLDER). Without one it is the folder of --file, else the current one. In it the\nfile is Containerfile or Dockerfile, unless --file names another. A Containerfile alone may be the context, too.",
  options: BUILD_OPTIONS,
  args: [0, 1],
  complete: "none",
  examples: [
    ["estiba build -t app:1 .", "from the current folder"],
    ["estiba build -f web/Containerfile --target test web", "another file, and only up to a stage"],
    ["estiba build https://host/project.git#v1:web", "from a folder of a git repository"],
    ["estiba build --platform linux/amd64,linux/arm64 --manifest app:3 .", "for two platforms"],
    ["estiba build --build-arg VERSION=2 -t app:2 .", "with an argument"],
  ],
  async run(values, [context], cli) {
    using interrupt = catchInterrupt();
    const { buildForPlatforms } = await import("../build/platforms.ts");
    const platforms = platformsOf(values);
    if (platforms.length > 1 && values.manifest === undefined && values.tag.length > 0) throw needsList(values.tag[0]);
    using held = new DisposableStack();
    const request = await buildRequest(values, context, { cli, signal: interrupt.signal, held });
    const output = values.output === undefined ? undefined : outputOf(values.output);
    const build = buildForPlatforms(cli.engine(), request, { platforms, list: values.manifest });
    const image = await showBuild(loggingTo(cli, values.logfile, held), build, values);
    if (output !== undefined)
      await writeOutput(cli.engine(), { image, names: request.names }, output, interrupt.signal);
    if (values["metadata-file"] !== undefined)
      await Bun.write(values["metadata-file"], metadataOf(image, request.names));
    if (values.iidfile !== undefined) await Bun.write(values.iidfile, `sha256:${image.id}`);
    // An archive on stdout is all there is on it.
    if (output === undefined || output.path !== undefined || output.type === "image") cli.out(`${image.id}\n`);
    return 0;
  },
});

function needsList(name: string | undefined): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.needs_list",
    what: "images for several platforms have no common name but that of a manifest list",
    fix: `name the list: --manifest ${name ?? "LIST"}, in place of --tag`,
  });
}

/** The same, with what goes to stderr in a file instead. */
function loggingTo(cli: Cli, path: string | undefined, held: DisposableStack): Cli {
  if (path === undefined) return cli;
  const fd = openSync(path, "w", 0o644);
  held.defer(() => closeSync(fd));
  return { ...cli, err: (text) => void writeAll(fd, text) };
}

/** What BuildKit writes for --metadata-file. */
function metadataOf({ id, manifestDigest }: ImageRecord, names: readonly string[]): string {
  const named = names.length === 0 ? {} : { "image.name": names.join(",") };
  const digests = { "containerimage.config.digest": `sha256:${id}`, "containerimage.digest": manifestDigest };
  return `${JSON.stringify({ ...digests, ...named }, null, 2)}\n`;
}
