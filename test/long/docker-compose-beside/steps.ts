import type { CommandResult } from "../../fixtures/engine.ts";

/** One of the two, and what it printed. */
export type Side = { readonly which: "docker" | "estiba"; readonly result: CommandResult };

/** The part of a result that is the same on both sides although the text is not. */
export type Facts = (side: Side) => unknown;

/**
 * A command for both. Exit codes and stdout must be the same, unless `differs` says why they are not: then `facts` are, where there are any,
 * and text or code really differ. stderr, where both tell how things go, is nobody's interface.
 */
export type Step = { readonly run: readonly string[]; readonly differs?: string; readonly facts?: Facts };

const COLUMNS = "the columns are those of Docker Compose 2 and later, which 1.29 does not have yet";
const STREAMS =
  "stderr stays stderr, and there is no line in front that says what follows, as from Docker Compose 2 on";
const NAMES =
  "a container is called without its project here, and the end is no line of its own, as from Docker Compose 2 on";

/** By container: `Up`, `Exit 3`, `Paused`. */
const states: Facts = ({ result: { stdout } }) =>
  stdout
    .split("\n")
    .flatMap((line) => {
      const [, name, , code, other] =
        /^(side_\w+)\s.*?\s((?:Exit|Exited) \(?(\d+)\)?|(Up|Paused))(?:\s|$)/.exec(line) ?? [];
      return name === undefined ? [] : [`${name} ${code === undefined ? (other ?? "") : `Exit ${code}`}`];
    })
    .toSorted();

const running: Facts = (side) => (states(side) as string[]).filter((line) => !line.includes(" Exit "));

/** Lines of output, whichever stream they came on; of each container in their order. */
const lines: Facts = ({ result: { stdout, stderr } }) =>
  Object.entries(
    Object.groupBy(
      `${stdout}\n${stderr}`.split("\n").filter((line) => /^\w+_\d\s+\| /.test(line)),
      (line) => line.split(/\s/, 1)[0] ?? "",
    ),
  )
    .map(([name, of = []]) => [name, of.toSorted()] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

/** By container: what runs in it. */
const processes: Facts = ({ which, result: { stdout } }) => {
  const found: string[] = [];
  let name = "";
  for (const line of stdout.split("\n")) {
    if (/^side_\w+$/.test(line)) name = line;
    const [, service = "", number = ""] = /^(\w+)\s+(\d+)\s+root\s/.exec(line) ?? [];
    const owner = which === "estiba" ? `side_${service}_${number}` : name;
    if (/\sroot\s|^root\s/.test(line)) found.push(`${owner}: ${/(?:\d\d:){2}\d\d\s+(.*\S)/.exec(line)?.[1] ?? ""}`);
  }
  return found.toSorted();
};

const images: Facts = ({ result: { stdout } }) =>
  stdout
    .split("\n")
    .flatMap((line) => /^(side_\w+)\s.*\s([0-9a-f]{12})\s/.exec(line)?.slice(1, 3).join(" ") ?? [])
    .toSorted();

const code: Facts = ({ result }) => result.code;

export const STEPS: readonly Step[] = [
  { run: ["config", "-q"] },
  { run: ["config", "--services"] },
  { run: ["config", "--volumes"] },
  { run: ["up", "-d"] },
  { run: ["ps"], differs: `${COLUMNS}; what has ended is shown by -a only`, facts: running },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["ps", "-q", "web"] },
  { run: ["ps", "--services"], differs: "services that run, by name; 1.29 lists those of the file", facts: code },
  { run: ["logs", "--no-color"], differs: STREAMS, facts: lines },
  { run: ["logs", "--no-color", "job"], differs: STREAMS, facts: lines },
  { run: ["logs", "--no-color", "--tail", "1", "app"], differs: STREAMS, facts: lines },
  { run: ["exec", "-T", "web", "echo", "hi"] },
  { run: ["exec", "-T", "web", "sh", "-c", "exit 7"] },
  { run: ["exec", "-T", "-e", "B=2", "-u", "1000", "-w", "/tmp", "web", "sh", "-c", "id -u; pwd; echo $A $B"] },
  { run: ["exec", "-T", "web", "sh", "-c", "echo err >&2; echo out"] },
  {
    run: ["exec", "-T", "web", "/etc"],
    differs: "the reason is told on stderr, not as output of the command",
    facts: code,
  },
  {
    run: ["exec", "-T", "web", "nothing"],
    differs: "127 for a command that is not there, as a shell has it and Docker from 25 on; 20.10 says 126",
  },
  { run: ["exec", "-T", "job", "true"] },
  { run: ["exec", "-T", "nothing", "true"] },
  { run: ["port", "web", "80"] },
  { run: ["port", "--protocol", "udp", "web", "8125"] },
  { run: ["port", "web", "81"], differs: "a port that is not published is an error, as from Docker Compose 2 on" },
  { run: ["port", "nothing", "80"] },
  { run: ["top"], differs: COLUMNS, facts: processes },
  { run: ["top", "web"], differs: COLUMNS, facts: processes },
  { run: ["top", "job"] },
  { run: ["images"], differs: COLUMNS, facts: images },
  { run: ["images", "-q"] },
  { run: ["run", "--rm", "-T", "web", "sh", "-c", "exit 5"] },
  { run: ["run", "--rm", "-T", "--no-deps", "-e", "C=3", "web", "sh", "-c", "echo $A $C"] },
  { run: ["run", "--rm", "-T", "--entrypoint", "echo", "web", "x"] },
  { run: ["run", "--rm", "-T", "web", "nothing"] },
  { run: ["run", "--rm", "-T", "nothing", "true"] },
  { run: ["pause", "web"] },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["unpause", "web"] },
  { run: ["kill", "app"] },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["start", "app"] },
  { run: ["restart", "-t", "0", "web"] },
  { run: ["stop", "-t", "0", "app"] },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["stop", "nothing"] },
  { run: ["rm", "-f", "app"], differs: "what is removed is told on stderr, with all that is done", facts: code },
  { run: ["up", "-d", "app"] },
  { run: ["up", "--exit-code-from", "job", "job"], differs: NAMES, facts: lines },
  // What was not named runs on.
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["up", "--abort-on-container-exit", "job"], differs: NAMES, facts: code },
  { run: ["up", "-d", "--scale", "app=2"] },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["up", "-d"] },
  { run: ["ps", "-a"], differs: COLUMNS, facts: states },
  { run: ["up", "nothing"] },
  { run: ["nothing"] },
  { run: ["-f", "none.yml", "ps"] },
  { run: ["version", "--short"], differs: "it works as this version of Docker Compose", facts: code },
  { run: ["down", "-v", "-t", "0"] },
  { run: ["ps"], differs: COLUMNS, facts: states },
  { run: ["down"] },
];
