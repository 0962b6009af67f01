import { filtersJson } from "../../client/api-client.ts";
import { formatUsage } from "../../lib/size.ts";
import { confirm } from "../confirm.ts";
import { defineRemote, type Remote, type RemoteVerb } from "./verb.ts";

type Pruned = {
  readonly ContainersDeleted?: readonly string[] | null;
  readonly NetworksDeleted?: readonly string[] | null;
  readonly VolumesDeleted?: readonly string[] | null;
  readonly ImagesDeleted?: readonly { readonly Untagged?: string; readonly Deleted?: string }[] | null;
  readonly SpaceReclaimed?: number;
};

type Kind = "containers" | "networks" | "volumes" | "images";

export const containerVerb: RemoteVerb = pruning("containers", "all stopped containers");
export const networkVerb: RemoteVerb = pruning("networks", "all networks not used by at least one container");

export const volumeVerb: RemoteVerb = defineRemote({
  options: { all: "flag", filter: "list", force: "flag" },
  async run(values, _args, remote) {
    if (!(await isMeant(remote, values.force, ["all volumes not used by at least one container"]))) return 0;
    const filters = values.all ? [...values.filter, "all=true"] : values.filter;
    return tell(remote, await prune(remote, "volumes", filters));
  },
});

export const imageVerb: RemoteVerb = defineRemote({
  options: { all: "flag", filter: "list", force: "flag" },
  async run(values, _args, remote) {
    const what = values.all ? "all images without at least one container associated with them" : "all dangling images";
    if (!(await isMeant(remote, values.force, [what]))) return 0;
    return tell(remote, await prune(remote, "images", [...values.filter, `dangling=${!values.all}`]));
  },
});

export const systemVerb: RemoteVerb = defineRemote({
  options: { all: "flag", filter: "list", force: "flag", volumes: "flag" },
  async run(values, _args, remote) {
    const what = [
      "all stopped containers",
      "all networks not used by at least one container",
      ...(values.volumes ? ["all volumes not used by at least one container"] : []),
      values.all ? "all images without at least one container associated with them" : "all dangling images",
    ];
    if (!(await isMeant(remote, values.force, what))) return 0;
    const steps: readonly (readonly [title: string, kind: Kind, filters: readonly string[]])[] = [
      ["Containers", "containers", values.filter],
      ["Networks", "networks", values.filter],
      ...(values.volumes ? [["Volumes", "volumes", [...values.filter, "all=true"]] as const] : []),
      ["Images", "images", [...values.filter, `dangling=${!values.all}`]],
    ];
    let bytes = 0;
    // In this order: what one frees, the next may remove.
    for (const [title, kind, filters] of steps) {
      const pruned = await prune(remote, kind, filters);
      bytes += pruned.bytes;
      if (pruned.names.length > 0) remote.out(`Deleted ${title}\n${pruned.names.map((name) => `${name}\n`).join("")}`);
    }
    remote.out(`Total reclaimed space: ${formatUsage(bytes)}\n`);
    return 0;
  },
});

function pruning(kind: Kind, what: string): RemoteVerb {
  return defineRemote({
    options: { filter: "list", force: "flag" },
    async run(values, _args, remote) {
      if (!(await isMeant(remote, values.force, [what]))) return 0;
      return tell(remote, await prune(remote, kind, values.filter));
    },
  });
}

async function isMeant(remote: Remote, force: boolean, what: readonly string[]): Promise<boolean> {
  if (force) return true;
  remote.err(`WARNING! This command removes:\n${what.map((line) => `\t- ${line}\n`).join("")}\n`);
  return await confirm();
}

function tell(remote: Remote, { names }: { readonly names: readonly string[] }): number {
  remote.out(names.map((name) => `${name}\n`).join(""));
  return 0;
}

async function prune(
  { client }: Remote,
  kind: Kind,
  filters: readonly string[],
): Promise<{ names: readonly string[]; bytes: number }> {
  const query = { filters: filtersJson(filters) };
  const pruned = await client.json<Pruned>("POST", `/${kind}/prune`, { query });
  const images = (pruned.ImagesDeleted ?? []).flatMap(({ Untagged, Deleted }) => Untagged ?? Deleted ?? []);
  const names = [pruned.ContainersDeleted, pruned.NetworksDeleted, pruned.VolumesDeleted].flatMap((list) => list ?? []);
  return { names: [...names, ...images], bytes: pruned.SpaceReclaimed ?? 0 };
}
