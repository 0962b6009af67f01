import { attachContainer } from "../engine/attach.ts";
import { parseDetachKeys } from "../runtime/detach-keys.ts";
import { type Command, defineCommand } from "./command.ts";
import { attachToRunning } from "./container/attach-running.ts";
import { DETACH_KEYS_OPTION } from "./container/detach-keys-option.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "attach",
  summary: "Join the terminal, or stdin and output, to a running container",
  usage: "[OPTIONS] CONTAINER",
  description:
    "Several can be attached at once. Ctrl-C goes to the container; ctrl-p,ctrl-q leave a terminal, and\nthe container runs on. The exit code is the container's; 0 after leaving it.\n\nOf a container made with --interactive and without --tty, the end of anybody's input, or of the\nconnection, is the end of the container's stdin.\n\nOn a manager of a cluster CONTAINER may be a task of any node, such as web.1.",
  options: {
    "detach-keys": DETACH_KEYS_OPTION,
    latest: SELECT_OPTIONS.latest,
    "no-stdin": { kind: "flag", help: "Only show its output" },
    "sig-proxy": { kind: "flag", on: true, help: "Pass signals on to its first process" },
  },
  configured: true,
  args: [0, 1],
  complete: "container",
  examples: [
    ["estiba attach shell", "go on where `run -it` was left with ctrl-p,ctrl-q"],
    ["estiba attach --no-stdin --sig-proxy=false job", "look on; Ctrl-C ends the looking only"],
  ],
  async run(values, args, cli) {
    const { "detach-keys": detachKeys, "sig-proxy": sigProxy } = values;
    parseDetachKeys(detachKeys);
    const [name = ""] = selectContainers(cli, args, { latest: values.latest });
    const attached = attachContainer(cli.engine(), name);
    return await attachToRunning(cli, attached, { stdin: !values["no-stdin"], sigProxy, detachKeys });
  },
});
