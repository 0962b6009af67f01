import { makeApplying } from "../../compose/apply/applying.ts";
import { keepFiles } from "../../compose/apply/create.ts";
import type { Loaded } from "../../compose/load.ts";
import { imageOf, LABELS } from "../../compose/plan/names.ts";
import type { Service } from "../../compose/service.ts";
import { splitWords } from "../../compose/short/words.ts";
import { containerSpecOf } from "../../compose/spec/container-spec.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { parsePort } from "../../network/parse-port.ts";
import { capabilityNames } from "../../oci/capability.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { environmentOf } from "../container/environment.ts";
import { parseVolume } from "../container/mounts.ts";
import { keyValues } from "../container/options/values.ts";
import type { RUN_OPTIONS } from "./run-options.ts";
import type { Session } from "./session.ts";

type RunValues = Values<typeof RUN_OPTIONS>;
type OneOff = {
  readonly loaded: Loaded;
  readonly service: string;
  readonly command: readonly string[];
  readonly tty: boolean;
};

/** What a one-off container of a service is: the service's, with what the command line says instead. */
export async function oneOffSpec(
  session: Session,
  values: RunValues,
  { loaded, service: name, command, tty }: OneOff,
): Promise<ContainerSpec> {
  const naming = session.namingOf(loaded.project.name);
  const service = loaded.project.services[name] as Service;
  const engine = session.cli.engine();
  const applying = makeApplying(engine, loaded, { naming });
  await keepFiles(applying, name);
  const slug = crypto.getRandomValues(Buffer.alloc(32)).toString("hex");
  const spec = containerSpecOf(
    { loaded, naming, name, service },
    {
      name: values.name ?? [naming.project, name, "run", slug.slice(0, 12)].join(naming.separator),
      number: 0,
      oneOff: !values["use-aliases"],
      hash: "",
      imageId: lookUpImage(engine, imageOf(naming, name, service))?.image.id,
      inherited: new Set(),
      labels: { ...keyValues("--label", values.label), [LABELS.slug]: slug, [LABELS.oneOff]: "True" },
    },
  );
  const { restart: _restart, ...plain } = spec;
  const published = values.publish.map((text) => parsePort(text));
  const entrypoint = values.entrypoint === undefined ? undefined : splitWords(values.entrypoint);
  if (values.entrypoint !== undefined && entrypoint === undefined)
    throw badOption("--entrypoint", values.entrypoint, "a command whose quotes are closed");
  const mounts = values.volume.map(parseVolume);
  const targets = new Set(mounts.map(({ target }) => target));
  return {
    ...plain,
    command: command.length > 0 ? command : entrypoint === undefined ? plain.command : [],
    ...(entrypoint === undefined ? {} : { entrypoint }),
    env: [
      ...plain.env,
      ...environmentOf(
        values.env.map((text) => fromProject(text, loaded)),
        values["env-from-file"],
      ),
    ],
    ports: [...(values["service-ports"] ? plain.ports : []), ...published],
    mounts: [...plain.mounts.filter(({ target }) => !targets.has(target)), ...mounts],
    tty,
    interactive: values.interactive,
    autoRemove: values.rm,
    ...(values.user === undefined ? {} : { user: values.user }),
    ...(values.workdir === undefined ? {} : { workdir: values.workdir }),
    security: {
      ...plain.security,
      capAdd: [...plain.security.capAdd, ...capabilityNames(values["cap-add"])],
      capDrop: [...plain.security.capDrop, ...capabilityNames(values["cap-drop"])],
    },
  };
}

// A name alone takes the project's value, which may be that of an env file.
function fromProject(text: string, { environment }: Loaded): string {
  const value = text.includes("=") ? undefined : environment[text];
  return value === undefined ? text : `${text}=${value}`;
}
