import { writeFileSync } from "node:fs";
import { type Context, contextMeta, dockerFolder, readContext } from "../../client/contexts.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";
import { type Command, defineCommand } from "../command.ts";
import { writeAll } from "../context.ts";
import { refuseDefault } from "./endpoint.ts";

export const command: Command = defineCommand({
  name: "context export",
  summary: "Write a context, with its certificates, to an archive",
  usage: "NAME [FILE|-]",
  description: "The file is NAME.dockercontext unless another is named. It holds the key: whoever has it may log in.",
  options: {},
  args: [1, 2],
  complete: "none",
  examples: [["estiba context export far - | ssh other estiba context import far -", "to another machine"]],
  async run(_values, [name = "", file = `${name}.dockercontext`], cli) {
    await Promise.resolve();
    refuseDefault(name, "exported");
    const archive = archiveOf(readContext(dockerFolder(process.env), name));
    if (file === "-") {
      if (process.stdout.isTTY) throw terminal();
      writeAll(1, archive);
      return 0;
    }
    try {
      writeFileSync(file, archive, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if (hasCode(error, "EEXIST", "ENOENT", "EACCES")) throw cannotWrite(file, error);
      throw error;
    }
    cli.err(`Written file "${file}"\n`);
    return 0;
  },
});

function archiveOf(context: Context): Uint8Array {
  const files: readonly (readonly [name: string, text: string])[] = [
    ["meta.json", contextMeta(context)],
    ...Object.entries(context.tls).map(([file, text]) => [`tls/docker/${file}`, text] as const),
  ];
  const pieces = files.flatMap(([name, text]) => {
    const bytes = Buffer.from(text, "utf8");
    const entry = {
      type: "file",
      name,
      linkName: "",
      mode: 0o600,
      uid: 0,
      gid: 0,
      modified: { seconds: 0, nanoseconds: 0 },
      sizeBytes: bytes.length,
      device: { major: 0, minor: 0 },
      xattrs: new Map<string, string>(),
      segments: undefined,
    } as const;
    return [encodeEntry(entry), bytes, new Uint8Array(paddingOf(bytes.length))];
  });
  return Buffer.concat([...pieces, endOfArchive()]);
}

function terminal(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.terminal_output",
    what: "refusing to write an archive to a terminal",
    fix: "name a file, or send stdout to one",
  });
}

function cannotWrite(file: string, cause: unknown): EstibaError {
  return new EstibaError("conflict", {
    reason: "cli.output",
    what: `cannot write "${file}"`,
    cause,
    fix: "name a file that is not there yet, in a folder that is",
  });
}
