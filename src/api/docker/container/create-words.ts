import type { Fields } from "../fields.ts";
import { limitWords } from "./limit-words.ts";
import { mountWords } from "./mount-words.ts";
import { networkWords } from "./network-words.ts";
import { securityWords } from "./security-words.ts";
import { flag, option, options, pairs } from "./words.ts";

/**
 * The body of a create as options of `estiba create`, as Docker's own command made it from such: each is checked where those are, and
 * containers.conf gives the same defaults. What no option can say is in {@link createExtras}. Throws 400 for wrong types.
 */
export function createWords(body: Fields, name: string | undefined): string[] {
  const host = body.fields("HostConfig");
  return [
    ...option("name", name),
    ...option("hostname", body.text("Hostname")),
    ...option("domainname", body.text("Domainname")),
    ...option("user", body.text("User")),
    ...option("workdir", body.text("WorkingDir")),
    ...option("stop-signal", body.text("StopSignal")),
    ...option("stop-timeout", body.integer("StopTimeout")),
    ...flag("tty", body.flag("Tty")),
    ...flag("interactive", body.flag("OpenStdin")),
    ...pairs("label", body.map("Labels")),
    ...options("expose", body.names("ExposedPorts")),
    ...flag("rm", host.flag("AutoRemove")),
    ...flag("init", host.flag("Init")),
    ...option("runtime", host.text("Runtime")),
    ...restartWords(host.fields("RestartPolicy")),
    ...logWords(host.fields("LogConfig")),
    ...pairs("annotation", host.map("Annotations")),
    ...options("group-add", host.texts("GroupAdd")),
    // The service's own surroundings are nobody's business.
    "--http-proxy=false",
    ...limitWords(host),
    ...mountWords(body, host),
    ...networkWords(body, host),
    ...securityWords(host),
  ];
}

/** The policy as an option of `create`; nothing for none. */
export function restartWords(policy: Fields): string[] {
  const name = policy.text("Name");
  const most = policy.count("MaximumRetryCount");
  return name === undefined || name === "no" ? [] : [`--restart=${name}${most === undefined ? "" : `:${most}`}`];
}

function logWords(log: Fields): string[] {
  const type = log.text("Type");
  // Docker's own formats of files: ours has another, which nobody sees.
  const driver = type === "local" ? "json-file" : type;
  return [...option("log-driver", driver), ...pairs("log-opt", log.map("Config"))];
}
