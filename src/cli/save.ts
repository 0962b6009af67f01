import { type ArchiveFormat, type FolderFormat, prepareSave, saveArchive, saveFolder } from "../engine/save.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { writeArchive } from "./image/archive-output.ts";
import { catchInterrupt } from "./image/interrupt.ts";

const FORMATS = ["docker-archive", "oci-archive", "oci-dir", "docker-dir"] as const satisfies readonly (
  | ArchiveFormat
  | FolderFormat
)[];

export const command: Command = defineCommand({
  name: "save",
  summary: "Write images to an archive or a folder",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description:
    "The usual archive is one of Docker's and an OCI layout at once: docker, podman, skopeo and estiba load it. Digests stay\nas they are; with --uncompressed the layers are unpacked.",
  options: {
    compress: { kind: "flag", help: "With docker-dir: pack layers that are not packed" },
    format: { kind: "string", value: "FORMAT", choices: FORMATS, help: "What to write (default docker-archive)" },
    "multi-image-archive": { kind: "flag", short: "m", help: "Several images at once; here that needs no option" },
    output: { kind: "string", short: "o", value: "PATH", help: "Write here instead of stdout", complete: "file" },
    platform: { kind: "refused", help: "an image here is of one platform; pull the other one with --platform first" },
    quiet: { kind: "flag", short: "q", help: "Say nothing; there is nothing said anyway but errors" },
    uncompressed: { kind: "flag", help: "Unpack the layers" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [
    ["estiba save -o app.tar app:1", "an archive"],
    ["estiba save app:1 | docker load", "straight into another engine"],
    ["estiba save --format oci-dir -o layout app:1", "a folder"],
  ],
  async run(values, args, cli) {
    const format = FORMATS.find((name) => name === values.format) ?? "docker-archive";
    using interrupt = catchInterrupt();
    const { signal } = interrupt;
    const packing = values.uncompressed
      ? ({ packing: { kind: "none" } } as const)
      : values.compress && format === "docker-dir"
        ? ({ packing: { kind: "gzip" }, repack: "plain" } as const)
        : {};
    await using prepared = await prepareSave(cli.engine(), args, { ...packing, signal });
    if (format === "docker-archive" || format === "oci-archive") {
      await writeArchive(saveArchive(cli.engine(), prepared, format), values.output);
      return 0;
    }
    if (values.output === undefined) throw needsFolder(format);
    if (format === "docker-dir" && prepared.images.length > 1) throw oneImage();
    await saveFolder(cli.engine(), prepared, { format, path: values.output });
    return 0;
  },
});

function needsFolder(format: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_output_folder",
    what: `--format ${format} writes a folder, and --output does not name one`,
    fix: "add: --output FOLDER",
  });
}

function oneImage(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.one_image",
    what: "a docker-dir folder holds one image only",
    fix: "save them one by one, or use --format oci-dir",
  });
}
