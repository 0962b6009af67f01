import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandPage, mainPage, pageName } from "./man/page.ts";
import { VERSION } from "./version.ts";

export const command: Command = defineCommand({
  name: "man",
  summary: "Write the manual pages of all commands",
  usage: "--dir DIR",
  options: {
    dir: { kind: "string", value: "DIR", help: "Folder to write to; made where it is missing", complete: "directory" },
  },
  args: [0, 0],
  examples: [["estiba man --dir /usr/local/share/man/man1", "put the pages where man finds them"]],
  async run({ dir }, _args, cli) {
    if (dir === undefined)
      throw new EstibaError("invalid", { reason: "cli.no_folder", what: "--dir is missing", fix: "name a folder" });
    mkdirSync(dir, { recursive: true });
    const write = (name: string, page: string): void => {
      writeFileSync(join(dir, `${name}.1`), page);
      cli.out(`${name}.1\n`);
    };
    write("estiba", mainPage(VERSION));
    for (const { names, hidden, load } of COMMANDS) {
      if (hidden === true) continue;
      const command = await load();
      // Each name has a page of its own that says all: a reference to another page would be found only below the manual's path.
      for (const name of names)
        write(pageName(name), commandPage(command, [name, ...names.filter((other) => other !== name)], VERSION));
    }
    return 0;
  },
});
