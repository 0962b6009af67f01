import { resolve } from "node:path";
import type { CopyPath } from "../engine/copy/copy.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";

/** How things are copied. */
export const COPY_OPTIONS = {
  archive: {
    kind: "flag",
    short: "a",
    on: true,
    help: "What comes in belongs to the container's user; =false keeps ids",
  },
  "follow-link": { kind: "flag", short: "L", on: true, help: "Follow a link that SOURCE names" },
  overwrite: { kind: "flag", help: "Let folders and other files take each other's place" },
  pause: { kind: "refused", help: "a copy is made of what is there, without a pause" },
  quiet: { kind: "flag", short: "q", help: "Print nothing but errors, as it always is", hidden: true },
} as const;

export const command: Command = defineCommand({
  name: "cp",
  summary: "Copy files and folders between a container and the host",
  usage: "[OPTIONS] [CONTAINER:]SOURCE|- [CONTAINER:]TARGET|-",
  description:
    "The container may run or not; what is mounted in it is part of it. SOURCE/. copies what is in a folder; a\ntarget that is a folder takes the source in, else it is the new name. For - it is a tar archive: from stdin,\ninto a folder, or to stdout. A link that SOURCE names is followed, links in a folder are copied as links.\n\nOn a manager of a cluster CONTAINER may be a task of any node, such as web.1.",
  options: COPY_OPTIONS,
  args: [2, 2],
  complete: "container",
  examples: [
    ["estiba cp web:/etc/nginx/nginx.conf .", "from a container"],
    ["estiba cp ./site/. web:/usr/share/nginx/html", "what is in a folder, into one of a container"],
    ["tar -c site | estiba cp - web:/srv", "an archive"],
  ],
  async run(values, [from = "", to = ""], cli) {
    const { archivePath, copyArchive, copyPath } = await import("../engine/copy/copy.ts");
    const engine = cli.engine();
    const follow = values["follow-link"];
    const [source, target] = [parsePath(from), parsePath(to)];
    const inside = [source, target].some((side) => side !== "-" && side.container !== undefined);
    if (!inside) throw noContainer();
    if (source === "-") {
      if (process.stdin.isTTY) throw terminal();
      await copyArchive(engine, Bun.stdin.stream(), target as CopyPath, values);
    } else if (target === "-") {
      const { writeArchive } = await import("./image/archive-output.ts");
      await writeArchive(archivePath(engine, source, { follow }), undefined);
    } else await copyPath(engine, source, target, { ...values, follow });
    return 0;
  },
});

/** `-`, a path of the host, or `CONTAINER:PATH`; what begins with `/` or `.` is the host's, whatever follows. */
function parsePath(text: string): CopyPath | "-" {
  if (text === "-") return "-";
  const colon = text.indexOf(":");
  if (colon > 0 && !/^[/.]/.test(text)) {
    const path = text.slice(colon + 1);
    return { container: text.slice(0, colon), path: path === "" ? "/" : path };
  }
  const end = /\/\.?$|^\.{1,2}$/.exec(text)?.[0] ?? "";
  // The end is a part of what is meant: resolve() would take it off.
  const path = resolve(text);
  return { path: end === "/" || end === "/." ? `${path === "/" ? "" : path}${end}` : end === "." ? `${path}/.` : path };
}

function noContainer(): EstibaError {
  return new EstibaError("invalid", {
    reason: "copy.no_container",
    what: "must specify at least one container source or destination",
    fix: "for example: estiba cp web:/etc/hosts .",
  });
}

function terminal(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.terminal_input",
    what: "refusing to read an archive from a terminal",
    fix: "send one to stdin: tar -c folder | estiba cp - web:/srv",
  });
}
