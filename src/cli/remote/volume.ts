import type { VolumeAnswer } from "../../client/answers.ts";
import { filtersJson } from "../../client/api-client.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { keyValues } from "../container/options/values.ts";
import { VOLUMES_FORMAT, VOLUMES_HEADERS } from "../volume/ls.ts";
import { selectVolumeNames } from "../volume/select.ts";
import { removeEach } from "./network.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

export const createVerb: RemoteVerb = defineRemote({
  options: { driver: "string", ignore: "flag", label: "list", name: "string", opt: "list" },
  async run(values, [given], remote) {
    const name = given ?? values.name;
    // The API gives the one that is there.
    if (name !== undefined && !values.ignore && (await isThere(remote, name))) throw taken(name);
    const { Name } = await remote.client.json<VolumeAnswer>("POST", "/volumes/create", {
      json: {
        Name: name ?? "",
        Driver: values.driver ?? "local",
        DriverOpts: keyValues("--opt", values.opt),
        Labels: keyValues("--label", values.label),
      },
    });
    remote.out(`${Name}\n`);
    return 0;
  },
});

async function isThere({ client }: Remote, name: string): Promise<boolean> {
  try {
    await client.json("GET", `/volumes/${encodeURIComponent(name)}`);
    return true;
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
    return false;
  }
}

function taken(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "volume.name_in_use",
    what: `volume with name ${name} already exists`,
    fix: "choose another name, or add --ignore",
  });
}

async function listVolumes({ client }: Remote, filters: readonly string[]): Promise<VolumeAnswer[]> {
  const query = { filters: filtersJson(filters) };
  const { Volumes } = await client.json<{ Volumes: VolumeAnswer[] | null }>("GET", "/volumes", { query });
  return Volumes ?? [];
}

export const listVerb: RemoteVerb = defineRemote({
  options: { filter: "list", format: "string", noheading: "flag", quiet: "flag" },
  async run(values, _args, remote) {
    const listed = await listVolumes(remote, values.filter);
    if (values.quiet && values.format === undefined) {
      remote.out(listed.map(({ Name }) => `${Name}\n`).join(""));
      return 0;
    }
    if (values.format === "json") {
      remote.out(`${JSON.stringify(listed, null, 2)}\n`);
      return 0;
    }
    const rows = listed.map((volume) => ({ ...volume, Labels: volume.Labels ?? {}, Options: volume.Options ?? {} }));
    const { chosenFormat, renderTable } = await import("../table.ts");
    const how = { headers: VOLUMES_HEADERS, noHeading: values.noheading, name: "volume ls" };
    remote.out(renderTable(chosenFormat(values.format, VOLUMES_FORMAT), rows, how));
    return 0;
  },
});

export const removeVerb: RemoteVerb = defineRemote({
  options: { all: "flag" },
  async run(values, args, remote) {
    const named = selectVolumeNames(args, values);
    const names = values.all ? (await listVolumes(remote, [])).map(({ Name }) => Name) : named;
    return await removeEach(remote, names, async (name) => {
      await remote.client.act("DELETE", `/volumes/${encodeURIComponent(name)}`);
    });
  },
});
