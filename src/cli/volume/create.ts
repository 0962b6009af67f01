import { createVolume } from "../../engine/volume/create.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";

export const command: Command = defineCommand({
  name: "volume create",
  summary: "Create a volume",
  usage: "[OPTIONS] [NAME]",
  description:
    "A volume is a folder that outlives containers. With --opt type= or device= something is mounted in its place\nwhile a container uses it: --opt type=TYPE, --opt device=DEVICE, --opt o=OPTIONS, as mount(8) has them.",
  options: {
    driver: { kind: "string", short: "d", value: "local", choices: ["local"], help: "Driver; local is the only one" },
    gid: { kind: "integer", value: "ID", help: "Group that the volume belongs to" },
    ignore: { kind: "flag", help: "Do not mind a volume of that name" },
    label: { kind: "list", short: "l", value: "KEY=VALUE", help: "Set a label" },
    name: { kind: "string", value: "NAME", help: "Name of the volume (Docker's way)", hidden: true },
    opt: { kind: "list", short: "o", value: "KEY=VALUE", help: "Set an option: type, device, o, nocopy" },
    uid: { kind: "integer", value: "ID", help: "User that the volume belongs to" },
    availability: refused("volumes of a cluster"),
    group: refused("volumes of a cluster"),
    "limit-bytes": refused("volumes of a cluster"),
    "required-bytes": refused("volumes of a cluster"),
    scope: refused("volumes of a cluster"),
    secret: refused("volumes of a cluster"),
    sharing: refused("volumes of a cluster"),
    "topology-preferred": refused("volumes of a cluster"),
    "topology-required": refused("volumes of a cluster"),
    type: refused("volumes of a cluster"),
  },
  args: [0, 1],
  examples: [
    ["estiba volume create data", "a folder"],
    ["estiba volume create --opt type=tmpfs --opt o=size=100m scratch", "a file system in memory"],
    ["estiba volume create --opt type=nfs --opt device=10.0.0.5:/export nas", "an NFS share"],
  ],
  async run(values, [argument], cli) {
    await Promise.resolve();
    if (argument !== undefined && values.name !== undefined && argument !== values.name) throw twoNames();
    const options = keyValues("--opt", values.opt);
    const owner = [
      ...(values.uid === undefined ? [] : [`uid=${values.uid}`]),
      ...(values.gid === undefined ? [] : [`gid=${values.gid}`]),
    ];
    const { name } = createVolume(cli.engine(), {
      name: argument ?? values.name,
      labels: keyValues("--label", values.label),
      options: owner.length === 0 ? options : { ...options, o: [options["o"] ?? [], ...owner].flat().join(",") },
      ignore: values.ignore,
    });
    cli.out(`${name}\n`);
    return 0;
  },
});

function refused(what: string) {
  return { kind: "refused", help: `${what} are Swarm's, which Estiba has not` } as const;
}

function twoNames(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.two_names",
    what: "the volume is named twice: as an argument and by --name",
    fix: "give one of them",
  });
}
