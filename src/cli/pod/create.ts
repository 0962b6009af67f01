import { createPod } from "../../engine/pod/create.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { reserveIdFile } from "../container/id-file.ts";
import type { Cli } from "../context.ts";
import { provideImages } from "../provide-image.ts";
import { POD_CREATE_OPTIONS } from "./options.ts";
import { podSpec } from "./spec.ts";

export const command: Command = defineCommand({
  name: "pod create",
  summary: "Create a pod, whose members share namespaces",
  usage: "[OPTIONS] [NAME]",
  description:
    "Network, ports, name servers, host name and volumes are the pod's, and so are limits, for all members together.\nVariables, devices and security options are what its members have unless they say something else.\nThe pod's id is printed; it starts with its first container, or by estiba pod start.",
  options: POD_CREATE_OPTIONS,
  configured: true,
  args: [0, 1],
  examples: [
    ["estiba pod create -p 8080:80 --env STAGE=test web", "a pod with a published port and a variable"],
    ["estiba run -d --pod web nginx", "a container in it"],
    ["estiba pod create --share +pid --memory 1g work", "members see each other's processes, and share 1 GiB"],
  ],
  async run(values, args, cli) {
    if (values.name !== undefined && args[0] !== undefined) throw namedTwice();
    const given = values.name ?? args[0];
    const name = given === "" ? undefined : given;
    const spec = podSpec(values, name);
    using idFile = reserveIdFile(values["pod-id-file"], "pod");
    const { infra } = spec;
    const image = infra === undefined || infra.image === "" ? "" : await infraImage(cli, infra);
    if (values.replace) await removeNamesake(cli, name);
    const pod = await createPod(cli.engine(), { ...spec, infra: infra && { ...infra, image } });
    idFile?.write(pod.id);
    cli.out(`${pod.id}\n`);
    return 0;
  },
});

async function infraImage(cli: Cli, infra: Parameters<typeof provideImages>[1]): Promise<string> {
  return await provideImages(cli, infra, { policy: undefined, quiet: true });
}

async function removeNamesake(cli: Cli, name: string | undefined): Promise<void> {
  if (name === undefined) {
    throw new EstibaError("invalid", {
      reason: "cli.replace_without_name",
      what: "cannot replace pod without --name being set",
    });
  }
  const { removePod } = await import("../../engine/pod/remove.ts");
  try {
    await removePod(cli.engine(), name, { force: true });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function namedTwice(): EstibaError {
  return new EstibaError("invalid", {
    reason: "pod.named_twice",
    what: "cannot specify --name and NAME at the same time",
    fix: "leave out one of the two",
  });
}
