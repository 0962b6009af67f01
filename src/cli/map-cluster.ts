import { askNode } from "../cluster/door/client.ts";
import type { ClusterInfo, NetworkSummary, NodeSummary, ServiceSummary, TaskRow } from "../cluster/door/wire.ts";
import { clusterPicture } from "../cluster/views/map/picture.ts";
import type { Cli } from "./context.ts";
import { writePicture } from "./map.ts";

/** Shows the picture of the cluster on the terminal or as a file; resolves to the exit code. Throws `wrong_state` on what is no manager. */
export async function showClusterMap(cli: Cli, svg: string | undefined): Promise<number> {
  const ask = await askNode(cli.engine());
  const picture = clusterPicture({
    info: await ask<ClusterInfo>("GET", "/info"),
    nodes: await ask<NodeSummary[]>("GET", "/nodes"),
    services: await ask<ServiceSummary[]>("GET", "/services"),
    tasks: await ask<TaskRow[]>("GET", "/tasks"),
    networks: await ask<NetworkSummary[]>("GET", "/networks"),
  });
  if (svg === undefined) cli.out((await import("../cluster/views/map/text.ts")).clusterText(picture));
  else writePicture(cli, svg, (await import("../cluster/views/map/svg.ts")).clusterSvg(picture));
  return 0;
}
