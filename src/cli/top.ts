import { containerPids, topContainer, topTarget } from "../engine/top.ts";
import { EstibaError } from "../lib/error.ts";
import { areColumns, COLUMN_NAMES, topRows } from "../views/process-columns.ts";
import { formatTable } from "../views/table.ts";
import { type Command, defineCommand } from "./command.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "top",
  summary: "Show the processes of a container",
  usage: "[OPTIONS] CONTAINER [COLUMN... | PS-OPTION...]",
  description: `Columns, also as a list with commas or in ps(1)'s AIX form such as %C: ${COLUMN_NAMES.join(", ")}.

Those that begin with h show the host's view. Anything else goes to the host's ps(1), whose lines are those of the
container, with the host's pids.`,
  options: { latest: SELECT_OPTIONS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "container",
  examples: [
    ["estiba top web", "the usual columns"],
    ["estiba top web pid,huser,capeff,args", "columns of one's own"],
    ["estiba top web -ef", "the host's ps, as Docker runs it"],
  ],
  async run(values, args, cli) {
    const named = values.latest ? [] : args.slice(0, 1);
    const [name = ""] = selectContainers(cli, named, {
      latest: values.latest,
      missing: "you must provide the name or id of a running container",
    });
    const words = values.latest ? args : args.slice(1);
    const engine = cli.engine();
    if (areColumns(words)) {
      const top = topContainer(engine, name);
      cli.out(formatTable(topRows(top, words, performance.timeOrigin + performance.now())));
      return 0;
    }
    const { id, pid } = topTarget(engine, name);
    const pids = containerPids(id, pid);
    cli.out(linesOf(await runPs(words, pids), new Set(pids)).join(""));
    return 0;
  },
});

async function runPs(words: readonly string[], pids: readonly number[]): Promise<string[]> {
  const program = Bun.which("ps");
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "container.no_ps",
      what: `top: "${words.join(" ")}" are no columns of Estiba's, and the program ps is missing`,
      fix: "name columns: estiba top --help, or install it: apt-get install procps",
    });
  }
  // One word with spaces is several options, as both peers take it.
  const options = words.length === 1 ? (words[0] ?? "").split(/\s+/) : words;
  const picked = await collect([program, ...options, "-q", pids.join(",")]);
  // Options such as f do not go together with -q.
  const { code, output, errors } = picked.code === 0 ? picked : await collect([program, ...options]);
  if (code === 0) return output.split("\n").filter((line) => line !== "");
  throw new EstibaError("invalid", {
    reason: "container.bad_ps_options",
    what: `top: ps ${words.join(" ")} ended with ${code}`,
    ...(errors.trim() === "" ? {} : { cause: errors.trim().split("\n")[0] }),
    fix: "give columns (estiba top --help) or options of ps",
  });
}

async function collect(argv: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const ends = [new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited] as const;
  const [output, errors, code] = await Promise.all(ends);
  return { code, output, errors };
}

function linesOf([heading = "", ...lines]: readonly string[], pids: ReadonlySet<number>): string[] {
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column < 0) {
    throw new EstibaError("invalid", {
      reason: "container.bad_ps_options",
      what: "top: couldn't find PID field in ps output",
      fix: "add pid to the fields",
    });
  }
  const own = lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])));
  return [heading, ...own].map((line) => `${line}\n`);
}
