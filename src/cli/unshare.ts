import { becomeProgram } from "../host/exec.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { standInOwnNetwork } from "../host/rootless/own-network.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "unshare",
  summary: "Run a command as root of the user's own namespaces",
  usage: "[OPTIONS] [COMMAND [ARG...]]",
  description:
    "For users other than root: the command sees files with the owners that containers see, and may change them.\n" +
    "Without a command, the shell that SHELL names. The exit code is the command's own.",
  options: {
    "rootless-netns": { kind: "flag", help: "In the network namespace of the user's containers, too" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  examples: [
    ["estiba unshare ls -ln ~/data", "as whose they appear in containers"],
    ["estiba unshare --rootless-netns ip address", "bridges of the user's networks"],
  ],
  async run(values, args) {
    if (!IN_USER_NAMESPACE) throw forRoot();
    const words = args.length === 0 ? [process.env["SHELL"] ?? "/bin/sh"] : [...args];
    const [name = ""] = words;
    const path = Bun.which(name);
    if (path === null) throw notFound(name);
    if (values["rootless-netns"]) standInOwnNetwork();
    const { ESTIBA_ROOT: _root, ESTIBA_RUNROOT: _runRoot, ...environment } = process.env;
    return await Promise.resolve(becomeProgram(path, words, environment));
  },
});

function forRoot(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "rootless.none",
    what: "unshare is for users other than root: root's engine uses the namespaces of the host",
    fix: "run the command as it is",
  });
}

function notFound(name: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "rootless.command_not_found",
    what: `the command "${name}" was not found`,
    fix: "check the spelling and PATH",
  });
}
