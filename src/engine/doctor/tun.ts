import { accessSync, constants, existsSync } from "node:fs";
import { hostUid } from "../../host/own-ids.ts";
import { hasCode } from "../../lib/has-code.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

const TUN = "/dev/net/tun";

/** Whether users without root can have a network: slirp4netns takes their traffic through a tun device. */
export function checkTun(): DoctorFinding[] {
  const why = "containers of users other than root get no network";
  const needsSlirp = hostUid() !== 0 && Bun.which("slirp4netns") === null;
  return [
    tunOf(why),
    ...(needsSlirp
      ? [
          trouble("error", "slirp4netns", {
            what: "slirp4netns is not installed",
            why,
            fix: "sudo apt-get install -y slirp4netns",
          }),
        ]
      : []),
  ];
}

function tunOf(why: string): DoctorFinding {
  if (!existsSync(TUN)) return trouble("warning", "tun", { what: `${TUN} is missing`, why, fix: "modprobe tun" });
  if (mayOpen()) return fine("tun", TUN);
  return trouble("error", "tun", { what: `${TUN} cannot be opened by this user`, why, fix: `sudo chmod 666 ${TUN}` });
}

function mayOpen(): boolean {
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM")) return false;
    throw error;
  }
}
