import { execInContainer } from "../engine/exec.ts";
import type { ExecSpec } from "../engine/exec-process.ts";
import { EstibaError } from "../lib/error.ts";
import { parseDetachKeys } from "../runtime/detach-keys.ts";
import { type Command, defineCommand } from "./command.ts";
import { proxySignals } from "./container/attach-io.ts";
import { DETACH_KEYS_OPTION } from "./container/detach-keys-option.ts";
import { environmentOf } from "./container/environment.ts";
import { PRESERVE_OPTIONS, passedDescriptors } from "./container/options/preserve-fds.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

export const command: Command = defineCommand({
  name: "exec",
  summary: "Run a command in a running container",
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  description:
    "The exit code is the command's own; 125 when Estiba failed, 126 when the command cannot be executed,\n127 when it was not found. The command ends with this one, unless --detach or the detach keys set it free.\n\nOn a manager of a cluster CONTAINER may be a task of any node, such as web.1.",
  options: {
    cidfile: { kind: "string", value: "FILE", help: "Read the container's id from this file", complete: "file" },
    detach: { kind: "flag", short: "d", help: "Do not wait for the command; print the id of its session" },
    "detach-keys": DETACH_KEYS_OPTION,
    env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable; without a value, the caller's own" },
    "env-file": { kind: "list", value: "FILE", help: "Read variables from a file, a line each", complete: "file" },
    interactive: { kind: "flag", short: "i", help: "Forward stdin" },
    latest: SELECT_OPTIONS.latest,
    "no-session": { kind: "flag", help: "Without detach keys: nothing but the command itself" },
    ...PRESERVE_OPTIONS,
    privileged: { kind: "flag", help: "Give the command all capabilities" },
    tty: { kind: "flag", short: "t", help: "Give it a terminal" },
    user: { kind: "string", short: "u", value: "USER[:GROUP]", help: "User to run as" },
    workdir: { kind: "string", short: "w", value: "DIR", help: "Working folder in the container" },
  },
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "container",
  examples: [
    ["estiba exec -it web sh", "a shell in a running container"],
    ["estiba exec -u postgres db psql -c 'select 1'", "a command as another user"],
  ],
  async run(values, args, cli) {
    const { name, words } = target(cli, args, values);
    const keys = values["detach-keys"];
    parseDetachKeys(keys);
    if (values["no-session"] && (values.detach || (keys ?? "") !== "")) throw noSession();
    // The runtime itself can only join the terminal that is our stdin to the command's.
    const joins = values.interactive && process.stdin.isTTY && (values["no-session"] || keys === "");
    const inSession = values.detach || (values.tty && !joins);
    const spec: ExecSpec = {
      args: words,
      env: environmentOf(values.env, values["env-file"]),
      user: values.user,
      workdir: values.workdir,
      tty: values.tty,
      privileged: values.privileged,
    };
    const pass = passedDescriptors(values);
    const direct = {
      stdio: values.interactive ? ("inherit" as const) : ("no-input" as const),
      signals: proxySignals,
      pass,
    };
    const session = async (): Promise<number> => {
      const { execInSession } = await import("./container/exec-session.ts");
      const request = { spec, pass, interactive: values.interactive, detach: values.detach };
      return await execInSession(cli, name, { ...request, direct, keys });
    };
    if (inSession) return await session();
    return await execInContainer(cli.engine(), name, spec, { ...direct, apart: session });
  },
});

/** The container and the command; the former may be named by an option, which leaves all words to the latter. */
function target(
  cli: Cli,
  args: readonly string[],
  { latest, cidfile }: { latest: boolean; cidfile: string | undefined },
): { name: string; words: readonly string[] } {
  const elsewhere = latest || cidfile !== undefined;
  const files = cidfile === undefined ? [] : [cidfile];
  const [name = ""] = selectContainers(cli, elsewhere ? [] : args.slice(0, 1), { latest, cidfile: files });
  const words = elsewhere ? args : args.slice(1);
  if (words.length > 0) return { name, words };
  throw new EstibaError("invalid", {
    reason: "cli.no_command",
    what: "must provide a command to run in the container",
    fix: "for example: estiba exec CONTAINER ls",
  });
}

function noSession(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.no_session",
    what: "--no-session cannot be used together with --detach or --detach-keys: only a session outlives its client",
    fix: "leave out one of them",
  });
}
