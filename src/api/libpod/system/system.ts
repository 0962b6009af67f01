import { release } from "node:os";
import { systemFacts } from "../../../engine/info.ts";
import { hostPlatform } from "../../../oci/platform.ts";
import { infoDocument } from "../../../views/info.ts";
import { libpodVersion } from "../../../views/libpod/version.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { LIBPOD, NEWEST, OLDEST } from "../../http/dispatch.ts";

/** `GET /libpod/version` */
export function version({ service }: Call): Reply {
  const { architecture } = hostPlatform();
  const spoken = { newest: `1.${NEWEST}`, oldest: `1.${OLDEST}`, libpod: LIBPOD };
  return ok(libpodVersion({ ...spoken, version: service.version, kernel: release(), architecture }));
}

/** `GET /libpod/info` */
export async function info({ engine, service }: Call): Promise<Reply> {
  return ok(infoDocument(await systemFacts(engine), service.version));
}
