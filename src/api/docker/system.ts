import { release } from "node:os";
import { systemFacts } from "../../engine/info.ts";
import { machineId } from "../../network/default-network.ts";
import { hostPlatform } from "../../oci/platform.ts";
import { dockerInfo, dockerVersion } from "../../views/docker/system.ts";
import { type Call, ok, type Reply } from "../http/call.ts";
import { NEWEST, OLDEST } from "../http/dispatch.ts";

/** `GET`, `HEAD /_ping` */
export async function ping({ engine, method }: Call): Promise<Reply> {
  const { swarmWord } = await import("../../cluster/door/swarm-state.ts");
  return {
    status: 200,
    type: "text/plain; charset=utf-8",
    stream: text(method === "HEAD" ? "" : "OK"),
    headers: {
      "Builder-Version": "1",
      Swarm: swarmWord(engine),
      "Cache-Control": "no-cache, no-store, must-revalidate",
      Pragma: "no-cache",
      "Content-Length": method === "HEAD" ? "0" : "2",
    },
  };
}

async function* text(body: string): AsyncGenerator<string> {
  if (body !== "") yield body;
}

/** `GET /version` */
export function version({ service }: Call): Reply {
  const { architecture } = hostPlatform();
  const spoken = { newest: `1.${NEWEST}`, oldest: `1.${OLDEST}` };
  return ok(dockerVersion({ ...spoken, version: service.version, kernel: release(), architecture }));
}

/** `GET /info` */
export async function info({ engine, service }: Call): Promise<Reply> {
  const { swarmState } = await import("../../cluster/door/swarm-state.ts");
  const [facts, swarm] = await Promise.all([systemFacts(engine), swarmState(engine)]);
  return ok(dockerInfo(facts, { version: service.version, id: machineId(), swarm }));
}
