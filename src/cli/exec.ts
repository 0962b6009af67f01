import { execInContainer } from "../engine/exec.ts";
import { announceMove } from "../host/cgroup-mode.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { proxySignals } from "./container/attach-io.ts";
import { environmentOf } from "./container/environment.ts";
import { selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "exec",
  summary: "Run a command in a running container",
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  description:
    "The exit code is the command's own; 125 when Estiba failed, 126 when the command cannot be executed,\n127 when it was not found.",
  options: {
    detach: { kind: "flag", short: "d", help: "Do not wait for the command, nor show its output" },
    env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable; without a value, the caller's own" },
    "env-file": { kind: "list", value: "FILE", help: "Read variables from a file, a line each", complete: "file" },
    interactive: { kind: "flag", short: "i", help: "Forward stdin" },
    latest: { kind: "flag", short: "l", help: "The container created last, instead of a name" },
    privileged: { kind: "flag", help: "Give the command all capabilities" },
    tty: { kind: "flag", short: "t", help: "Give it a terminal" },
    user: { kind: "string", short: "u", value: "USER[:GROUP]", help: "User to run as" },
    workdir: { kind: "string", short: "w", value: "DIR", help: "Working folder in the container" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "container",
  examples: [
    ["estiba exec -it web sh", "a shell in a running container"],
    ["estiba exec -u postgres db psql -c 'select 1'", "a command as another user"],
  ],
  async run(values, args, cli) {
    // The kernel takes its time before it lets a process be moved to another cgroup: it may begin now.
    void announceMove();
    const [name = ""] = selectContainers(cli, values.latest ? [] : args.slice(0, 1), {
      all: false,
      latest: values.latest,
      cidfile: [],
    });
    const words = values.latest ? args : args.slice(1);
    if (words.length === 0) {
      throw new EstibaError("invalid", {
        reason: "cli.no_command",
        what: "must provide a command to run in the container",
        fix: "for example: estiba exec CONTAINER ls",
      });
    }
    if (values.tty && values.interactive && !process.stdin.isTTY) {
      throw new EstibaError("invalid", {
        reason: "cli.no_terminal",
        what: "the input device is not a TTY",
        fix: "leave out --tty (-t), or run it on a terminal",
      });
    }
    const spec = {
      args: words,
      env: environmentOf(values.env, values["env-file"]),
      user: values.user,
      workdir: values.workdir,
      tty: values.tty,
      privileged: values.privileged,
    };
    return await execInContainer(
      cli.engine(),
      name,
      spec,
      values.detach
        ? { stdio: "detached" }
        : { stdio: values.interactive ? "inherit" : "no-input", signals: proxySignals },
    );
  },
});
