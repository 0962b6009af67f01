import { readFileSync } from "node:fs";
import { readFileInRoot } from "../host/openat.ts";
import { isEstibaError } from "../lib/error.ts";
import { zonePath } from "../runtime/timezone.ts";
import type { ContainerRecord } from "../state/container.ts";

/** Files of ours that a container sees, by target. */
export type InjectedTexts = Readonly<Record<string, string | Uint8Array>>;

const HOSTS = "/etc/hosts";
const MAX_HOSTS_BYTES = 1024 * 1024;

type Sources = {
  readonly rootFd: number;
  /** What the network has to say: hosts, resolv.conf, hostname. */
  readonly network: Readonly<Record<string, string>>;
  /** passwd and group, where they say more than the image's. */
  readonly users: Readonly<Record<string, string>>;
};

/** The files that are none of ours there: by options on names, and what a mount of the user's covers. */
export function foreignFiles({ mounts, spec: { identity = {} } }: ContainerRecord): Set<string> {
  return new Set([
    ...mounts.map(({ target }) => target),
    ...(identity.noHosts === true ? [HOSTS] : []),
    ...(identity.noHostname === true ? ["/etc/hostname"] : []),
    ...(identity.noResolvConf === true ? ["/etc/resolv.conf"] : []),
  ]);
}

/** The files that are bound into a container, by its options on names, users and time. */
export function injectedFiles(record: ContainerRecord, { rootFd, network, users }: Sources): InjectedTexts {
  const { identity = {} } = record.spec;
  const left = foreignFiles(record);
  const hosts = network[HOSTS];
  const files = {
    ...network,
    ...(hosts === undefined || identity.hostsFile === undefined
      ? {}
      : { [HOSTS]: joinHosts(baseHosts(rootFd, identity.hostsFile), hosts) }),
    ...users,
    ...(identity.timezone === undefined ? {} : { "/etc/localtime": readFileSync(zonePath(identity.timezone)) }),
  };
  return Object.fromEntries(Object.entries(files).filter(([target]) => !left.has(target)));
}

function baseHosts(rootFd: number, source: string): string {
  if (source === "none") return "";
  if (source !== "image") return readFileSync(source, "utf8");
  try {
    return Buffer.from(readFileInRoot(rootFd, HOSTS, { maxBytes: MAX_HOSTS_BYTES })).toString("utf8");
  } catch (error) {
    if (isEstibaError(error, "not_found")) return "";
    throw error;
  }
}

/** The base as it stands, then those of our lines whose names it does not have. */
function joinHosts(base: string, own: string): string {
  const namesOf = (line: string): string[] => (line.split("#", 1)[0] ?? "").split(/\s+/).slice(1);
  const known = new Set(base.split("\n").flatMap(namesOf));
  const added = own.split("\n").filter((line) => line !== "" && !namesOf(line).every((name) => known.has(name)));
  const ended = base === "" || base.endsWith("\n") ? base : `${base}\n`;
  return `${ended}${added.map((line) => `${line}\n`).join("")}`;
}
