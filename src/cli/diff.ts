import { type DiffKind, diffNames } from "../engine/diff.ts";
import type { Change } from "../storage/diff.ts";
import { type Command, defineCommand } from "./command.ts";
import { selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

const LETTERS = { added: "A", changed: "C", deleted: "D" } as const;

const SUMMARIES: Readonly<Record<DiffKind, string>> = {
  any: "Show what a container or an image changed in the files below it",
  container: "Show what a container changed in its image",
  image: "Show what an image changed in its parent layer",
};

export const command: Command = diffCommand("diff", "any");
export const containerCommand: Command = diffCommand("container diff", "container");
export const imageCommand: Command = diffCommand("image diff", "image");

function diffCommand(name: string, kind: DiffKind): Command {
  const subject = kind === "any" ? "CONTAINER|IMAGE" : kind.toUpperCase();
  return defineCommand({
    name,
    summary: SUMMARIES[kind],
    usage: `[OPTIONS] ${subject} [${subject}]`,
    description:
      "A line each: A for added, C for changed, D for deleted. A container is held against its image, an image against\nits parent layer, or either against the second name.",
    options: {
      format: { kind: "string", value: "json", choices: ["json"], help: "Print JSON" },
      latest: { kind: "flag", short: "l", help: "The container created last, instead of a name" },
    },
    args: [0, 2],
    complete: kind === "image" ? "image" : "container",
    examples: [
      [`estiba ${name} web`, "what it changed since it was made"],
      [`estiba ${name} --format json web`, "the same for programs"],
    ],
    async run(values, args, cli) {
      await Promise.resolve();
      const [subject = "", against] = values.latest ? [...latest(cli), ...args] : selectOne(cli, args);
      const changes = diffNames(cli.engine(), { name: subject, against, kind });
      if (values.format === "json") cli.out(`${json(changes)}\n`);
      else for (const { kind, path } of changes) cli.out(`${LETTERS[kind]} ${path}\n`);
      return 0;
    },
  });
}

function latest(cli: Cli): string[] {
  return selectContainers(cli, [], { latest: true });
}

function selectOne(cli: Cli, args: string[]): string[] {
  return args.length > 0 ? args : selectContainers(cli, args, { latest: false });
}

// Podman's: a key only where there is something.
function json(changes: Iterable<Change>): string {
  const found: Record<string, string[]> = {};
  const all = [...changes];
  for (const kind of ["changed", "added", "deleted"] as const) {
    const paths = all.filter((change) => change.kind === kind).map(({ path }) => path);
    if (paths.length > 0) found[kind] = paths;
  }
  return JSON.stringify(found, null, 5);
}
