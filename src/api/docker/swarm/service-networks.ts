import { withClusterNetworks } from "../../../cluster/door/networks.ts";
import { selectNetworks } from "../../../engine/network/list.ts";
import { SPECIAL_NETWORKS, specialNetworkId } from "../../../views/docker/network.ts";
import { ApiError } from "../../http/api-error.ts";
import type { Call } from "../../http/call.ts";
import type { Fields } from "../fields.ts";

/** The networks of a service as values of `--network`: clients name them by id. Throws 404 for one that is not there. */
export async function networkTexts({ engine }: Pick<Call, "engine">, body: Fields): Promise<string[]> {
  const asked = [...body.fields("TaskTemplate").list("Networks"), ...body.list("Networks")];
  if (asked.length === 0) return [];
  const known = new Map<string, string>(SPECIAL_NETWORKS.map((name) => [specialNetworkId(name), name]));
  for (const { id, name } of await withClusterNetworks(engine, selectNetworks(engine, []), () => true))
    known.set(id, name);
  const names = new Set(known.values());
  return asked.map((attachment) => {
    const target = attachment.text("Target") ?? "";
    const name = names.has(target) ? target : known.get(target);
    if (name === undefined) throw new ApiError(404, `network ${target} not found`);
    const aliases = attachment.texts("Aliases").map((alias) => `alias=${alias}`);
    return aliases.length === 0 ? name : `${name}:${aliases.join(",")}`;
  });
}
