import { formatUsage } from "../../lib/size.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

type Image = { readonly Size?: number; readonly SharedSize?: number; readonly Containers?: number };
type Usage = {
  readonly LayersSize?: number;
  readonly Images?: readonly Image[] | null;
  readonly Containers?: readonly { readonly State?: string; readonly SizeRw?: number }[] | null;
  readonly Volumes?:
    | readonly { readonly UsageData?: { readonly Size?: number; readonly RefCount?: number } | null }[]
    | null;
};

export const verb: RemoteVerb = defineRemote({
  options: { format: "string" },
  async run({ format }, _args, remote) {
    const usage = await remote.client.json<Usage>("GET", "/system/df");
    const rows = [imagesRow(usage), containersRow(usage), volumesRow(usage)];
    if (format === "json") {
      remote.out(`${JSON.stringify(rows)}\n`);
      return 0;
    }
    const { chosenFormat, renderTable } = await import("../table.ts");
    const usual = "table {{.Type}} {{.Total}} {{.Active}} {{.Size}} {{.Reclaimable}}";
    remote.out(renderTable(chosenFormat(format, usual), rows, { headers: {}, name: "df" }));
    return 0;
  },
});

function imagesRow({ Images, LayersSize = 0 }: Usage): object {
  const images = Images ?? [];
  const used = images.filter(({ Containers = 0 }) => Containers > 0);
  const usedBytes = sum(used.map(({ Size = 0, SharedSize = 0 }) => Size - Math.max(0, SharedSize)));
  return row("Images", {
    total: images.length,
    active: used.length,
    bytes: LayersSize,
    reclaimable: Math.max(0, LayersSize - usedBytes),
  });
}

function containersRow({ Containers }: Usage): object {
  const all = Containers ?? [];
  const running = all.filter(({ State }) => State === "running" || State === "paused");
  const size = (list: typeof all): number => sum(list.map(({ SizeRw = 0 }) => SizeRw));
  return row("Containers", {
    total: all.length,
    active: running.length,
    bytes: size(all),
    reclaimable: size(all) - size(running),
  });
}

function volumesRow({ Volumes }: Usage): object {
  const all = (Volumes ?? []).map(({ UsageData }) => ({
    bytes: Math.max(0, UsageData?.Size ?? 0),
    users: UsageData?.RefCount ?? 0,
  }));
  const unused = all.filter(({ users }) => users <= 0);
  const size = (list: typeof all): number => sum(list.map(({ bytes }) => bytes));
  return row("Local Volumes", {
    total: all.length,
    active: all.length - unused.length,
    bytes: size(all),
    reclaimable: size(unused),
  });
}

type Counted = {
  readonly total: number;
  readonly active: number;
  readonly bytes: number;
  readonly reclaimable: number;
};

function row(Type: string, { total: Total, active: Active, bytes, reclaimable }: Counted): object {
  const share = bytes === 0 ? 0 : Math.round((100 * reclaimable) / bytes);
  return { Type, Total, Active, Size: formatUsage(bytes), Reclaimable: `${formatUsage(reclaimable)} (${share}%)` };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
