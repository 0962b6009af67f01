import type { ContainerListed, PortAnswer } from "../../client/answers.ts";
import { COMMAND_WIDTH, type ContainerRow, formatPort, sizeText } from "../container-row.ts";
import { createdAt, createdSince } from "../image.ts";

/** The fields of `ps --format` that another engine tells. */
export type ListedRow = Pick<
  ContainerRow,
  | "ID"
  | "Image"
  | "ImageID"
  | "Command"
  | "CreatedAt"
  | "CreatedHuman"
  | "RunningFor"
  | "Status"
  | "State"
  | "Ports"
  | "Names"
  | "Labels"
  | "Networks"
  | "Mounts"
  | "Size"
>;

/** The row that `ps` shows of a container of another engine. Pure: `now` in milliseconds. */
export function listedRow(listed: ContainerListed, now: number, noTrunc: boolean): ListedRow {
  const { Id, Command, Created, SizeRw, SizeRootFs } = listed;
  const image = listed.ImageID.replace(/^sha256:/, "");
  const since = createdSince(Created * 1000, now);
  return {
    ID: noTrunc ? Id : Id.slice(0, 12),
    Image: listed.Image,
    ImageID: noTrunc ? image : image.slice(0, 12),
    Command: noTrunc || Command.length <= COMMAND_WIDTH ? Command : `${Command.slice(0, COMMAND_WIDTH)}...`,
    CreatedAt: createdAt(Created * 1000),
    CreatedHuman: since,
    RunningFor: since,
    Status: listed.Status,
    State: listed.State,
    Ports: portsText(listed.Ports ?? []),
    Names: nameOf(listed),
    Labels: listed.Labels ?? {},
    Networks: Object.keys(listed.NetworkSettings?.Networks ?? {}).join(","),
    Mounts: (listed.Mounts ?? []).map(({ Destination }) => Destination),
    Size: SizeRw === undefined || SizeRootFs === undefined ? "" : sizeText({ own: SizeRw, root: SizeRootFs }),
  };
}

/** A container's own name. */
export function nameOf({ Names }: Pick<ContainerListed, "Names">): string {
  // A link has a name of another's in front.
  return (Names.find((name) => !name.slice(1).includes("/")) ?? Names[0] ?? "").replace(/^\//, "");
}

// Published ones first; neighbours in one piece, as here.
function portsText(ports: readonly PortAnswer[]): string {
  const sorted = ports.toSorted((a, b) => a.PrivatePort - b.PrivatePort);
  const published = sorted.filter(({ PublicPort }) => PublicPort !== undefined);
  const ranges: { hostIp: string; hostPort: number; containerPort: number; protocol: "tcp"; range: number }[] = [];
  for (const { IP = "", PublicPort = 0, PrivatePort, Type } of published) {
    const before = ranges.find(
      ({ hostIp, hostPort, containerPort, protocol, range }) =>
        hostIp === IP && protocol === Type && hostPort + range === PublicPort && containerPort + range === PrivatePort,
    );
    if (before !== undefined) before.range += 1;
    else
      ranges.push({ hostIp: IP, hostPort: PublicPort, containerPort: PrivatePort, protocol: Type as "tcp", range: 1 });
  }
  const covered = new Set(published.map(({ PrivatePort, Type }) => `${PrivatePort}/${Type}`));
  const only = sorted.map(({ PrivatePort, Type }) => `${PrivatePort}/${Type}`).filter((port) => !covered.has(port));
  return [...ranges.map(formatPort), ...new Set(only)].join(", ");
}
