import { readFileSync } from "node:fs";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { dockerCreateBody } from "../../views/docker/create-body.ts";
import type { Option, Values } from "../command.ts";
import { CONTAINER_OPTIONS } from "../container/options.ts";
import { containerSpec } from "../container/spec.ts";
import { chosenPlatform } from "../image/platform.ts";
import { pullImage } from "./pull-image.ts";
import type { Remote } from "./verb.ts";

type Kind = Exclude<Option["kind"], "refused">;

/** How this machine reaches a registry is not how the other one does. */
const OURS: ReadonlySet<string> = new Set(["cert-dir", "tls-verify"]);

/** The options of `create` that may go elsewhere; which of them Docker's API has a word for, the body's maker knows. */
export const CREATE_SHAPE: Readonly<Record<string, Kind>> = Object.fromEntries(
  Object.entries(CONTAINER_OPTIONS as Readonly<Record<string, Option>>).flatMap(([name, { kind }]) =>
    kind === "refused" || OURS.has(name) ? [] : [[name, kind] as const],
  ),
);

export type CreateValues = Values<typeof CONTAINER_OPTIONS>;

/** What was made. */
export type Made = { readonly id: string; readonly spec: ContainerSpec };

/** Creates a container at the engine elsewhere, which fetches the image where it has none. `change` is what the verb wants of it besides. */
export async function makeContainer(
  remote: Remote,
  values: CreateValues,
  args: readonly string[],
  change: (spec: ContainerSpec) => ContainerSpec = (spec) => spec,
): Promise<Made> {
  const [image = "", ...command] = args;
  const spec = change(withProfile(containerSpec(values, image, command)));
  const body = dockerCreateBody(spec);
  const platform = chosenPlatform(values);
  const pull = { ...values, platform: platform === undefined ? undefined : formatPlatform(platform) };
  const policy = values.pull ?? "missing";
  if (["always", "newer", "true"].includes(policy)) await pullImage(remote, image, pull);
  if (values.replace) await removeNamesake(remote, values.name);
  const create = async (): Promise<Made> => {
    const query = { name: values.name, platform: pull.platform };
    const asked = { query, json: body };
    const { Id, Warnings } = await remote.client.json<{ Id: string; Warnings: readonly string[] | null }>(
      "POST",
      "/containers/create",
      asked,
    );
    for (const warning of Warnings ?? []) remote.warn(warning);
    return { id: Id, spec };
  };
  try {
    return await create();
  } catch (error) {
    if (policy === "never" || !isEstibaError(error) || error.reason !== "image.unknown") throw error;
  }
  await pullImage(remote, image, pull);
  return await create();
}

// A profile is a file of this host: its text goes along, as with Docker.
function withProfile(spec: ContainerSpec): ContainerSpec {
  const { seccomp } = spec.security;
  if (["default", "builtin", "unconfined"].includes(seccomp)) return spec;
  return { ...spec, security: { ...spec.security, seccomp: readFileSync(seccomp, "utf8") } };
}

async function removeNamesake({ client }: Remote, name: string | undefined): Promise<void> {
  if (name === undefined)
    throw new EstibaError("invalid", {
      reason: "cli.replace_without_name",
      what: "--replace needs --name: it replaces the container of that name",
    });
  try {
    await client.act("DELETE", `/containers/${encodeURIComponent(name)}`, { query: { force: true, v: true } });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
