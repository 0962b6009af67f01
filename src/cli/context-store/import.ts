import { readFileSync } from "node:fs";
import { contextOfFiles, dockerFolder, writeContext } from "../../client/contexts.ts";
import { EstibaError } from "../../lib/error.ts";
import { TarReader } from "../../storage/tar/tar-reader.ts";
import { type Command, defineCommand } from "../command.ts";
import { checkNewName } from "./endpoint.ts";

const LIMITS = { maxEntries: 100, maxBytes: 1024 * 1024 };

export const command: Command = defineCommand({
  name: "context import",
  summary: "Make a context of an archive that an export has written",
  usage: "NAME FILE|-",
  options: {},
  args: [2, 2],
  complete: "file",
  examples: [["estiba context import far far.dockercontext", "what another machine has exported"]],
  async run(_values, [name = "", file = ""], cli) {
    const folder = dockerFolder(process.env);
    checkNewName(folder, name);
    const bytes = file === "-" ? await Bun.stdin.bytes() : readArchive(file);
    writeContext(folder, contextOfFiles(name, filesOf(bytes)));
    cli.out(`${name}\n`);
    cli.err(`Successfully imported context "${name}"\n`);
    return 0;
  },
});

function readArchive(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "cli.cannot_read",
      what: `cannot read "${file}"`,
      cause: error,
      fix: "name an archive that `context export` has written, or - for stdin",
    });
  }
}

// Only what a context has is looked at, and nothing is written by the archive's names.
function filesOf(bytes: Uint8Array): Map<string, string> {
  const files = new Map<string, string>();
  const current: { name?: string; pieces: Uint8Array[] } = { pieces: [] };
  const reader = new TarReader(
    {
      entry: ({ type, name }) => {
        delete current.name;
        if (type === "file") current.name = name.replace(/^\.\//, "");
        current.pieces = [];
      },
      data: (piece) => void current.pieces.push(Uint8Array.from(piece)),
      end: () => {
        if (current.name !== undefined) files.set(current.name, Buffer.concat(current.pieces).toString("utf8"));
      },
    },
    LIMITS,
  );
  reader.push(bytes);
  reader.finish();
  return files;
}
