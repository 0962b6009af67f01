import { writeFileSync } from "node:fs";
import { mapEngine } from "../engine/map/map.ts";
import type { EngineMap } from "../engine/map/model.ts";
import { EstibaError } from "../lib/error.ts";
import type { MapProject } from "../views/map/services.ts";
import { type Command, defineCommand } from "./command.ts";
import type { Cli } from "./context.ts";

/** How the picture is shown: options of `map` and `pod map`. */
export const MAP_OPTIONS = {
  svg: {
    kind: "string",
    value: "FILE",
    help: "Write it as an SVG picture to this file (- for stdout)",
    complete: "file",
  },
} as const;

export const command: Command = defineCommand({
  name: "map",
  summary: "Draw all pods and containers, and what they share",
  usage: "[OPTIONS]",
  description:
    "Containers with their processes and the namespaces they are in, as the kernel numbers them; cgroups with limits and\nuse; image layers; networks, addresses and ports; volumes. With --cluster, on a manager: nodes, their tasks and how\nthose are, services, networks with all addresses and where names lead.",
  options: {
    cluster: { kind: "flag", help: "Of the cluster: nodes, tasks, services, networks" },
    ...MAP_OPTIONS,
  },
  args: [0, 0],
  examples: [
    ["estiba map", "on the terminal"],
    ["estiba map --svg map.svg", "as a picture for a browser"],
    ["estiba map --cluster", "all machines of the cluster"],
  ],
  async run(values, _args, cli) {
    if (values.cluster) return await (await import("./map-cluster.ts")).showClusterMap(cli, values.svg);
    return await showMap(cli, values.svg, undefined);
  },
});

/** Shows the picture of one pod, or of everything, on the terminal or as a file; resolves to the exit code. Throws `not_found`. */
export async function showMap(cli: Cli, svg: string | undefined, pod: string | undefined): Promise<number> {
  return await printMap(cli, svg, { map: mapEngine(cli.engine(), pod) });
}

/** Shows a picture on the terminal or as a file; resolves to the exit code. */
export async function printMap(
  cli: Cli,
  svg: string | undefined,
  { map, project }: { readonly map: EngineMap; readonly project?: MapProject },
): Promise<number> {
  if (svg === undefined) {
    cli.out((await import("../views/map/text.ts")).mapText(map, project));
    return 0;
  }
  writePicture(cli, svg, (await import("../views/map/svg.ts")).mapSvg(map, project));
  return 0;
}

/** Writes a picture to a file, or to stdout for `-`. Throws `invalid`. */
export function writePicture(cli: Cli, path: string, picture: string): void {
  if (path === "-") {
    cli.out(picture);
    return;
  }
  try {
    writeFileSync(path, picture);
  } catch (error) {
    throw new EstibaError("invalid", {
      reason: "cli.cannot_write",
      what: `cannot write the picture to "${path}"`,
      cause: error,
      fix: "name a file in a folder that is there",
    });
  }
}
