import { type ImportInput, importImage } from "../engine/import.ts";
import { type Command, defineCommand } from "./command.ts";
import { catchInterrupt } from "./image/interrupt.ts";
import { chosenPlatform, PLATFORM_OPTIONS } from "./image/platform.ts";

export const command: Command = defineCommand({
  name: "import",
  summary: "Make an image of a tar archive of a root file system",
  usage: "[OPTIONS] FILE|URL|- [REFERENCE]",
  options: {
    platform: PLATFORM_OPTIONS.platform,
    os: PLATFORM_OPTIONS.os,
    arch: PLATFORM_OPTIONS.arch,
    variant: PLATFORM_OPTIONS.variant,
    change: {
      kind: "list",
      short: "c",
      value: "INSTRUCTION",
      help: "Apply CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR to the image",
    },
    message: { kind: "string", short: "m", value: "TEXT", help: "Comment in the image's history" },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
  },
  args: [1, 2],
  complete: "file",
  examples: [
    ["estiba import rootfs.tar.gz base:1", "stored as localhost/base:1"],
    ["tar -C rootfs -c . | estiba import -c 'CMD [\"/bin/sh\"]' - base:1", "from stdin, with a command"],
  ],
  async run(values, [source = "", name], cli) {
    using interrupt = catchInterrupt();
    const image = await importImage(cli.engine(), inputOf(source), {
      name,
      changes: values.change,
      message: values.message,
      platform: chosenPlatform(values),
      signal: interrupt.signal,
    });
    cli.out(`sha256:${image.id}\n`);
    return 0;
  },
});

function inputOf(source: string): ImportInput {
  if (source === "-") return { stream: Bun.stdin.stream() };
  const url = /^https?:\/\//.test(source) ? URL.parse(source) : null;
  return url === null ? { path: source } : { url };
}
