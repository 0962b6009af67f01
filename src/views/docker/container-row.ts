import type { ContainerSize } from "../../engine/container-size.ts";
import type { ContainerSummary } from "../../engine/list.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import { inspectNetwork } from "../inspect/network.ts";
import { imageId } from "./container.ts";
import { dockerNetworkMode, dockerNetworks } from "./container-networks.ts";
import { familiarName } from "./image-name.ts";
import { dockerStatus, dockerStatusText } from "./status.ts";

type RowFacts = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly size: ContainerSize | undefined;
  readonly volumePath: (name: string) => string;
  readonly networkId: (name: string) => string;
};

/** One element of `GET /containers/json`. Pure. */
export function dockerContainerRow(
  listed: ContainerSummary,
  { now, size, volumePath, networkId }: RowFacts,
): Record<string, unknown> {
  const { record } = listed;
  const { Networks } = inspectNetwork(listed);
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: familiarName(record.imageName),
    ImageID: imageId(record.imageId),
    Command: record.process.args.join(" "),
    Created: Math.floor(record.createdAt / 1000),
    Ports: ports(listed),
    ...(size === undefined ? {} : { SizeRw: size.own, SizeRootFs: size.root }),
    Labels: record.labels,
    State: dockerStatus(listed.status),
    Status: dockerStatusText(listed, now),
    HostConfig: { NetworkMode: dockerNetworkMode(record) },
    NetworkSettings: { Networks: dockerNetworks(listed, Networks as Record<string, unknown>, networkId) },
    Mounts: record.mounts.flatMap((mount) => mountRow(mount, volumePath)),
  };
}

function ports({ record, status, state }: ContainerSummary): Record<string, unknown>[] {
  const up = dockerStatus(status) === "running" || status === "paused";
  const published = (up ? (state?.ports ?? []) : []).flatMap(({ hostIp, hostPort, containerPort, protocol, range }) =>
    Array.from({ length: range }, (_, index) => ({
      IP: hostIp === "" ? "0.0.0.0" : hostIp,
      PrivatePort: containerPort + index,
      PublicPort: hostPort + index,
      Type: protocol,
    })),
  );
  const covered = new Set(published.map(({ PrivatePort, Type }) => `${PrivatePort}/${Type}`));
  const exposed = (up ? record.exposed : [])
    .filter((port) => !covered.has(port))
    .map((port) => {
      const [number = "", protocol = "tcp"] = port.split("/");
      return { PrivatePort: Number.parseInt(number, 10), Type: protocol };
    });
  return [...published, ...exposed];
}

function mountRow(mount: MountSpec, volumePath: (name: string) => string): Record<string, unknown>[] {
  if (mount.type !== "bind" && mount.type !== "volume") return [];
  const own =
    mount.type === "volume"
      ? { Name: mount.source, Source: volumePath(mount.source ?? ""), Driver: "local" }
      : { Source: mount.source };
  return [
    {
      Type: mount.type,
      ...own,
      Destination: mount.target,
      Mode: "",
      RW: !mount.readOnly,
      Propagation: mount.type === "bind" ? mount.propagation : "",
    },
  ];
}
