import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** What an image needs: uids up to nobody's 65534. */
const NEEDED = 65_536;
const HELPERS = ["newuidmap", "newgidmap"];

/** Whether this user has ids of his own for user namespaces (subuid(5)) and the programs that hand them out; root needs neither. */
export function checkSubids(): DoctorFinding[] {
  const { uid, username } = userInfo();
  if (uid === 0) return [fine("subuid", "not needed by root")];
  const lacking = ["/etc/subuid", "/etc/subgid"].filter((file) => countIds(file, [username, String(uid)]) < NEEDED);
  const ranges =
    lacking.length === 0
      ? fine("subuid", `${username} has at least ${NEEDED} ids`)
      : trouble("error", "subuid", {
          what: `${username} has fewer than ${NEEDED} ids in ${lacking.join(" and ")}`,
          why: "files of an image that belong to other users than root cannot be unpacked",
          fix: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
        });
  const missing = HELPERS.filter((name) => Bun.which(name) === null);
  if (missing.length === 0) return [ranges];
  const helpers = trouble("error", "newuidmap", {
    what: `${missing.join(" and ")} not installed`,
    why: "no user namespace with more than one id can be made",
    fix: "sudo apt-get install -y uidmap",
  });
  return [ranges, helpers];
}

function countIds(file: string, owners: readonly string[]): number {
  if (!existsSync(file)) return 0;
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([owner = ""]) => owners.includes(owner))
    .reduce((sum, [, , count = "0"]) => sum + (Number.parseInt(count, 10) || 0), 0);
}
