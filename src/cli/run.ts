import { discardedPorts } from "../engine/namespaces.ts";
import { runContainer } from "../engine/run.ts";
import { isEstibaError } from "../lib/error.ts";
import { parseDetachKeys } from "../runtime/detach-keys.ts";
import type { ContainerSpec } from "../state/container.ts";
import { type Command, defineCommand } from "./command.ts";
import { holdSignals, terminalSize } from "./container/attach-io.ts";
import { DETACH_KEYS_OPTION } from "./container/detach-keys-option.ts";
import { reserveIdFile } from "./container/id-file.ts";
import { attachedStreams } from "./container/options/attach.ts";
import { inItsPod } from "./container/options/pod.ts";
import { PRESERVE_OPTIONS, passedDescriptors } from "./container/options/preserve-fds.ts";
import { CONTAINER_OPTIONS } from "./container/options.ts";
import { removeNamesake } from "./container/replace.ts";
import { containerSpec, imageSource } from "./container/spec.ts";
import { stayAttached } from "./container/stay-attached.ts";
import type { Cli } from "./context.ts";
import { provideImages } from "./provide-image.ts";

const RUN_OPTIONS = {
  ...CONTAINER_OPTIONS,
  ...PRESERVE_OPTIONS,
  attach: { kind: "list", short: "a", value: "STREAM", help: "Show or forward only these: stdin, stdout, stderr" },
  detach: { kind: "flag", short: "d", help: "Run in the background and print the container's id" },
  "detach-keys": DETACH_KEYS_OPTION,
  "init-ctr": { kind: "refused", help: "give it to estiba create: run starts the container at once" },
  rmi: { kind: "flag", help: "Remove the container and, unless others use it, the image when it ends" },
  "sig-proxy": { kind: "flag", on: true, help: "Pass signals on to its first process" },
} as const;

export const command: Command = defineCommand({
  name: "run",
  summary: "Create a container, start it and show its output",
  usage: "[OPTIONS] IMAGE [COMMAND [ARG...]]",
  description:
    "The image is pulled when it is not there. The exit code is the command's own; 125 when Estiba\nfailed, 126 when the command cannot be executed, 127 when it was not found.",
  options: RUN_OPTIONS,
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "image",
  examples: [
    ["estiba run --rm -it debian:12 bash", "a shell that leaves nothing behind"],
    ["estiba run -d --name web -p 8080:80 nginx", "a web server in the background, on port 8080 of the host"],
    ["estiba run --rm -v ./src:/src:ro -w /src node:22 npm test", "a command on a folder of the host"],
  ],
  async run(values, args, cli) {
    const [image = "", ...command] = args;
    const streams = attachedStreams(values);
    const asked = containerSpec(values, image, command);
    const spec = {
      ...asked,
      interactive: asked.interactive || (values.attach.length > 0 && streams.stdin),
      autoRemove: asked.autoRemove || values.rmi,
    };
    const pass = passedDescriptors(values);
    parseDetachKeys(values["detach-keys"]);
    if (spec.tty && !values.detach && spec.interactive && !process.stdin.isTTY) cli.warn(NO_TERMINAL);
    for (const warning of discardedPorts(spec)) cli.warn(warning);
    using idFile = reserveIdFile(values.cidfile);
    const found = await provideImages(cli, spec, imageSource(values));
    if (values.replace) await removeNamesake(cli, spec.name);
    const engine = cli.engine();
    using held = holdSignals();
    const attach = values.detach ? false : (terminalSize() ?? true);
    const run = async (member: ContainerSpec) => await runContainer(engine, member, { attach, pass });
    const running = await inItsPod(cli, { ...spec, image: found }, run);
    for (const warning of running.launched.warnings) cli.warn(warning);
    idFile?.write(running.record.id);
    if (values.detach) {
      cli.out(`${running.record.id}\n`);
      return 0;
    }
    const code = await stayAttached(cli, running, {
      streams,
      received: held.received,
      sigProxy: values["sig-proxy"],
      detachKeys: values["detach-keys"],
    });
    if (code !== undefined && values.rmi) await removeItsImage(cli, running.record);
    return code ?? 0;
  },
});

// Podman's words; Docker refuses it, but what runs there by -it in a pipeline runs with the other.
const NO_TERMINAL = "The input device is not a TTY. The --tty and --interactive flags might not work properly";

// As both peers: another container's image stays, and says so.
async function removeItsImage(cli: Cli, { imageName }: { readonly imageName: string }): Promise<void> {
  const { removeImage } = await import("../engine/remove-image.ts");
  try {
    await removeImage(cli.engine(), imageName, { force: false });
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    cli.warn(error.message);
  }
}
