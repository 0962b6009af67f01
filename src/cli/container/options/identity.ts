import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { EstibaError } from "../../../lib/error.ts";
import { present } from "../../../lib/present.ts";
import { zonePath } from "../../../runtime/timezone.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { IdentityOptions } from "../../../state/spec/process.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";

/** Names, users and time as the container sees them: options of `run` and `create`, as Podman names them. */
export const IDENTITY_OPTIONS = {
  domainname: { kind: "string", value: "NAME", help: "The container's domain name" },
  "group-add": { kind: "list", value: "GROUP", help: "Add a supplementary group" },
  "group-entry": { kind: "string", value: "LINE", help: "Line of /etc/group for a group that the image lacks" },
  hostname: { kind: "string", short: "h", value: "NAME", help: "The container's host name" },
  "hosts-file": {
    kind: "string",
    value: "FILE|image|none",
    help: "What /etc/hosts begins with (default none)",
    complete: "file",
  },
  hostuser: { kind: "list", value: "USER", help: "Add a user of the host to /etc/passwd" },
  "no-hostname": { kind: "flag", help: "Leave /etc/hostname as the image has it" },
  "no-hosts": { kind: "flag", help: "Leave /etc/hosts as the image has it" },
  passwd: { kind: "flag", on: true, help: "Add the user to /etc/passwd where the image lacks it" },
  "passwd-entry": { kind: "string", value: "LINE", help: "Line of /etc/passwd for a user that the image lacks" },
  tz: { kind: "string", value: "ZONE", help: "Time zone, such as Europe/Berlin, or local for the host's" },
  user: { kind: "string", short: "u", value: "USER[:GROUP]", help: "User to run as" },
} as const;

type IdentityValues = Values<typeof IDENTITY_OPTIONS> & Readonly<Record<"add-host" | "dns", readonly string[]>>;

/** Throws `invalid` naming the option. */
export function identityOf(
  values: IdentityValues,
): Pick<ContainerSpec, "groupAdd"> & Partial<Pick<ContainerSpec, "hostname" | "user" | "identity">> {
  if (values["no-hosts"] && values["add-host"].length > 0)
    throw badOption("--no-hosts", "true", "possible together with --add-host", "leave out one of the two");
  const options = optionsOf(values);
  return {
    ...present({ hostname: values.hostname, user: values.user }),
    groupAdd: values["group-add"].map(checkedGroup),
    ...(Object.keys(options).length === 0 ? {} : { identity: options }),
  };
}

function optionsOf(values: IdentityValues): IdentityOptions {
  return {
    ...present({
      domainname: values.domainname,
      passwdEntry: values["passwd-entry"],
      groupEntry: values["group-entry"],
      hostsFile: hostsFile(values["hosts-file"]),
      timezone: values.tz === undefined ? undefined : checkedZone(values.tz),
    }),
    ...(values["no-hostname"] ? { noHostname: true } : {}),
    ...(values["no-hosts"] ? { noHosts: true } : {}),
    ...(values.dns.includes("none") ? { noResolvConf: true } : {}),
    ...(values.passwd ? {} : { noPasswd: true }),
    ...(values.hostuser.length === 0 ? {} : { hostUsers: values.hostuser }),
  };
}

/** What /etc/hosts begins with, by `--hosts-file`. Throws `invalid` for a file that is not there. */
export function hostsFile(text: string | undefined): string | undefined {
  if (text === undefined || text === "image" || text === "none") return text;
  const path = resolve(text);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw badOption("--hosts-file", text, "a file of this host, image or none");
}

function checkedZone(zone: string): string {
  if (existsSync(zonePath(zone))) return zone;
  throw badOption(
    "--tz",
    zone,
    "a time zone that this host knows",
    "see: ls /usr/share/zoneinfo, or: apt-get install tzdata",
  );
}

function checkedGroup(group: string): string {
  if (group !== "keep-groups") return group;
  throw new EstibaError("unsupported", {
    reason: "cli.keep_groups",
    what: "--group-add keep-groups is not supported: it gives a rootless container the groups of its user",
    fix: "name the groups",
  });
}
