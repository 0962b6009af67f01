import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import { parseJsonObject } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";

/** What is read; the rest of these is so anyway: no step leaves a container, and every layer is kept for later builds. */
const KNOWN: ReadonlySet<string> = new Set([
  "addcaps",
  "additionalbuildcontexts",
  "annotations",
  "apparmor",
  "buildargs",
  "cachefrom",
  "cacheto",
  "cgroupparent",
  "cpuperiod",
  "cpuquota",
  "cpusetcpus",
  "cpusetmems",
  "cpushares",
  "dnsoptions",
  "dnssearch",
  "dnsservers",
  "dockerfile",
  "dropcaps",
  "excludes",
  "extrahosts",
  "forcerm",
  "from",
  "httpproxy",
  "identitylabel",
  "idmappingoptions",
  "isolation",
  "jobs",
  "labels",
  "layers",
  "manifest",
  "memory",
  "memswap",
  "networkmode",
  "nocache",
  "nsoptions",
  "omithistory",
  "output",
  "outputformat",
  "password",
  "platform",
  "pullpolicy",
  "q",
  "retry",
  "retry-delay",
  "rm",
  "seccomp",
  "secrets",
  "setenv",
  "shmsize",
  "skipunusedstages",
  "squash",
  "t",
  "target",
  "timestamp",
  "tlsVerify",
  "ulimits",
  "unsetenv",
  "unsetlabel",
  "username",
  "volume",
]);

/** Newer clients say in so many words what is so anyway; the opposite is refused. */
const SO_ANYWAY: ReadonlySet<string> = new Set(["createdannotation=1", "inheritannotations=1", "inheritlabels=1"]);
const CONTRARY: ReadonlySet<string> = new Set(["inheritannotations=0", "inheritlabels=0", "layers=0"]);

const NOTHING: readonly string[] = ["", "0", "false", "[]", "{}", "null"];
/** Buildah's numbers and words for a container of one's own. */
const CONTAINERS: readonly string[] = ["0", "1", "default", "oci"];

/** Throws 400 for a parameter that says something and is not read: nothing is passed over that somebody has asked for. */
export function refuseUnknown(query: Query): void {
  for (const name of query.names()) {
    const text = `${name}=${query.text(name) ?? ""}`;
    const read = KNOWN.has(name) || SO_ANYWAY.has(text) || NOTHING.includes(query.text(name) ?? "");
    if (!read || CONTRARY.has(text)) throw badRequest(`the parameter "${text}" is not supported`);
  }
  if (!CONTAINERS.includes(query.text("isolation") ?? "default"))
    throw badRequest("isolation: steps run in containers of their own, not in a chroot");
  const maps = new Fields(parseJsonObject(query.text("idmappingoptions") ?? "{}"));
  if (maps.list("UIDMap").length + maps.list("GIDMap").length > 0 || maps.flag("AutoUserNs"))
    throw badRequest("idmappingoptions: steps run with the host's ids");
}
