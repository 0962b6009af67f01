import { loadImages } from "../engine/load.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { catchInterrupt } from "./image/interrupt.ts";
import { chosenPlatform, PLATFORM_OPTIONS } from "./image/platform.ts";
import { showProgress } from "./image/progress.ts";

export const command: Command = defineCommand({
  name: "load",
  summary: "Load images from an archive",
  usage: "[OPTIONS]",
  description:
    "Reads what docker save, podman save and skopeo write: Docker archives, OCI archives and OCI layout folders;\narchives may be compressed by gzip, zstd, xz or bzip2.",
  options: {
    ...PLATFORM_OPTIONS,
    input: {
      kind: "string",
      short: "i",
      value: "FILE",
      help: "Read this file or folder instead of stdin",
      complete: "file",
    },
    quiet: { kind: "flag", short: "q", help: "Show no progress" },
  },
  args: [0, 0],
  examples: [
    ["estiba load -i app.tar", "from a file"],
    ["docker save app | estiba load", "straight from another engine"],
  ],
  async run(values, _args, cli) {
    if (values.input === undefined && process.stdin.isTTY) throw nothingToRead();
    using interrupt = catchInterrupt();
    const input = values.input === undefined ? { stream: Bun.stdin.stream() } : { path: values.input };
    const steps = loadImages(cli.engine(), input, { platform: chosenPlatform(values), signal: interrupt.signal });
    for (const { image, names } of await showProgress(cli, steps, values)) {
      const shown = names.length === 0 ? [`sha256:${image.id}`] : names;
      cli.out(shown.map((name) => `Loaded image: ${name}\n`).join(""));
    }
    return 0;
  },
});

function nothingToRead(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_input",
    what: "stdin is a terminal: there is no archive to read",
    fix: "use -i FILE, or: estiba load < FILE",
  });
}
