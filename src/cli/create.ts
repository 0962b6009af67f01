import { createContainer } from "../engine/create.ts";
import { discardedPorts } from "../engine/namespaces.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { type Command, defineCommand } from "./command.ts";
import { badOption } from "./container/bad-option.ts";
import { reserveIdFile } from "./container/id-file.ts";
import { inItsPod } from "./container/options/pod.ts";
import { CONTAINER_OPTIONS } from "./container/options.ts";
import { removeNamesake } from "./container/replace.ts";
import { containerSpec, imageSource } from "./container/spec.ts";
import type { Cli } from "./context.ts";
import { provideImages } from "./provide-image.ts";

export const command: Command = defineCommand({
  name: "create",
  summary: "Create a container without starting it",
  usage: "[OPTIONS] IMAGE [COMMAND [ARG...]]",
  options: {
    ...CONTAINER_OPTIONS,
    "init-ctr": {
      kind: "string",
      value: "WHEN",
      choices: ["once", "always"],
      help: "Run it to its end before the others of its pod: once, or always at the pod's start",
    },
    attach: { kind: "refused", short: "a", help: "nothing runs yet; give --attach to estiba start" },
  },
  configured: true,
  args: [1, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  complete: "image",
  examples: [["estiba create --name web -p 8080:80 nginx", "define a web server; `estiba start web` starts it"]],
  async run(values, args, cli) {
    const [image = "", ...command] = args;
    const spec = withInit(containerSpec(values, image, command), values["init-ctr"]);
    for (const warning of discardedPorts(spec)) cli.warn(warning);
    using idFile = reserveIdFile(values.cidfile);
    const found = await provideImages(cli, spec, imageSource(values));
    if (values.replace) await removeNamesake(cli, spec.name);
    const create = async (member: ContainerSpec) => await createContainer(cli.engine(), member);
    const record = await inItsPod(cli, { ...spec, image: found }, create);
    idFile?.write(record.id);
    await fillVolumes(cli, record);
    cli.out(`${record.id}\n`);
    return 0;
  },
});

function withInit(spec: ContainerSpec, init: string | undefined): ContainerSpec {
  if (init === undefined) return spec;
  if (spec.pod === undefined) throw badOption("--init-ctr", init, "possible without a pod", "add --pod NAME");
  return { ...spec, pod: { ...spec.pod, init: init === "always" ? "always" : "once" } };
}

// Only where containers.conf asks for it, which is rare: not loaded for all others.
async function fillVolumes(cli: Cli, record: ContainerRecord): Promise<void> {
  const engine = cli.engine();
  if (engine.conf.containers["prepare_volume_on_create"] !== true) return;
  const { prepareVolumes } = await import("../engine/prepare-volumes.ts");
  prepareVolumes(engine, record);
}
