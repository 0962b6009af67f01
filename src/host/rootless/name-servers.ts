import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { PROGRAM_PATH } from "../program-path.ts";
import type { HeldProcess } from "./holder.ts";
import { SLIRP_NAME_SERVER } from "./slirp.ts";

const RESOLV_CONF = "/etc/resolv.conf";
const ON_LOOPBACK = /^[ \t]*nameserver[ \t]+(127\.|::1)/m;

/**
 * Where the host asks a name server on its own loopback, as systemd-resolved's, lets /etc/resolv.conf in the user's mount namespace name
 * slirp4netns's besides: in the host's network the first one answers, in the user's nobody listens there, and the next one is asked at once.
 */
export async function addNameServer(folder: string, holder: HeldProcess): Promise<void> {
  const text = existsSync(RESOLV_CONF) ? readFileSync(RESOLV_CONF, "utf8") : "";
  if (!ON_LOOPBACK.test(text)) return;
  const file = join(folder, "resolv.conf");
  writeFileSync(file, `${text.trimEnd()}\nnameserver ${SLIRP_NAME_SERVER}\n`);
  const child = Bun.spawn({
    cmd: [
      "nsenter",
      "--preserve-credentials",
      `--user=/proc/${holder.pid}/ns/user`,
      `--mount=/proc/${holder.pid}/ns/mnt`,
      "mount",
      "--bind",
      file,
      RESOLV_CONF,
    ],
    env: { PATH: PROGRAM_PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [code, words] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code === 0) return;
  throw new EstibaError("internal", {
    reason: "rootless.name_server",
    what: `${RESOLV_CONF} cannot be replaced in the user's mount namespace: ${words.trim()}`,
  });
}
