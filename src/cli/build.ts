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
    ["estiba build -t registry.example/app:1 --push .", "and into a registry"],
  ],
  async run(values, [context], cli) {
    using interrupt = catchInterrupt();
    const { buildForPlatforms } = await import("../build/platforms.ts");
    const platforms = platformsOf(values);
    const output = values.output === undefined ? undefined : outputOf(values.output);
    const names = [...values.tag, ...(output?.names ?? [])];
    const push = values.push || output?.push === true;
    const lists = listsOf({ manifest: values.manifest, several: platforms.length > 1, names, push });
    if (push) (await import("./build/push-built.ts")).checkNames([...names, ...lists]);
    using held = new DisposableStack();
    const anew = lists.length > 0 && values.manifest === undefined;
    const words = { ...values, tag: anew ? [] : names, quiet: values.quiet || values.progress === "quiet" };
    const request = await buildRequest(words, context, { cli, signal: interrupt.signal, held });
    const build = buildForPlatforms(cli.engine(), request, { platforms, lists, anew });
    const log = loggingTo(cli, values.logfile, held);
    const image = await showBuild(log, build, words);
    if (output !== undefined)
      await writeOutput(cli.engine(), { image, names: request.names }, output, interrupt.signal);
    if (push) await (await import("./build/push-built.ts")).pushBuilt(log, { names: words.tag, lists }, words);
    if (values["metadata-file"] !== undefined)
      await Bun.write(values["metadata-file"], metadataOf(image, request.names));
    if (values.iidfile !== undefined) await Bun.write(values.iidfile, `sha256:${image.id}`);
    // An archive on stdout is all there is on it.
    if (output === undefined || output.path !== undefined || output.type === "image") cli.out(`${image.id}\n`);
    return 0;
  },
});

type Wanted = {
  readonly manifest: string | undefined;
  readonly several: boolean;
  readonly names: readonly string[];
  readonly push: boolean;
};

/** The manifest lists of the result. Images for several platforms that are pushed are one list under each name, as with buildx. */
function listsOf({ manifest, several, names, push }: Wanted): readonly string[] {
  if (manifest !== undefined) return [manifest];
  if (!several || names.length === 0) return [];
  if (!push) throw needsList(names[0]);
  return names;
}

function needsList(name: string | undefined): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.needs_list",
    what: "images for several platforms have no common name but that of a manifest list",
    fix: `name the list: --manifest ${name ?? "LIST"}, in place of --tag; or push it: --push`,
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
