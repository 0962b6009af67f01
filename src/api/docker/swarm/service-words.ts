import { badRequest } from "../../http/api-error.ts";
import { mountText } from "../container/mount-words.ts";
import { flag, option, options, pairs } from "../container/words.ts";
import type { Fields } from "../fields.ts";

const NANOS = 1e9;

/**
 * What a service's spec says of its containers, as options of `estiba create`: each is checked where those are. `networks`: by their names.
 * Throws 400 for wrong types, and for what cannot be had.
 */
export function taskWords(template: Fields, networks: readonly string[]): string[] {
  const container = template.fields("ContainerSpec");
  const dns = container.fields("DNSConfig");
  const grace = container.integer("StopGracePeriod");
  if (grace !== undefined && grace < 0) throw badRequest(`invalid StopGracePeriod: ${grace}`);
  const isolation = container.text("Isolation") ?? "default";
  if (isolation !== "default" && isolation !== "")
    throw badRequest(`ContainerSpec.Isolation "${isolation}" is not supported: it is of Windows`);
  return [
    ...option("hostname", container.text("Hostname")),
    ...option("user", container.text("User")),
    ...option("workdir", container.text("Dir")),
    ...option("stop-signal", container.text("StopSignal")),
    ...option("stop-timeout", grace === undefined ? undefined : Math.ceil(grace / NANOS)),
    ...flag("tty", container.flag("TTY")),
    ...flag("interactive", container.flag("OpenStdin")),
    ...flag("init", container.flag("Init")),
    ...flag("read-only", container.flag("ReadOnly")),
    // Docker's read-only root has no places of its own to write to.
    "--read-only-tmpfs=false",
    // The service's own surroundings are nobody's business.
    "--http-proxy=false",
    ...pairs("label", container.map("Labels")),
    ...options("group-add", container.texts("Groups")),
    ...options("cap-add", container.texts("CapabilityAdd")),
    ...options("cap-drop", container.texts("CapabilityDrop")),
    ...pairs("sysctl", container.map("Sysctls")),
    ...options("ulimit", container.list("Ulimits").map(ulimitText)),
    ...option("oom-score-adj", container.count("OomScoreAdj")),
    ...options("mount", container.list("Mounts").map(mountText)),
    ...options("add-host", container.texts("Hosts").flatMap(hostTexts)),
    ...options("dns", dns.texts("Nameservers")),
    ...options("dns-search", dns.texts("Search")),
    ...options("dns-option", dns.texts("Options")),
    ...options("network", networks),
    ...privilegeWords(container.fields("Privileges")),
    ...limitWords(template.fields("Resources").fields("Limits")),
    ...logWords(template.fields("LogDriver")),
  ];
}

function ulimitText(limit: Fields): string {
  return `${limit.text("Name") ?? ""}=${limit.integer("Soft") ?? 0}:${limit.integer("Hard") ?? 0}`;
}

/** `IP NAME [NAME...]`, a line of /etc/hosts, as `NAME:IP` for each. */
function hostTexts(line: string): string[] {
  const [ip = "", ...names] = line.trim().split(/\s+/);
  if (names.length === 0) throw badRequest(`invalid host entry "${line}": an address and a name are needed`);
  return names.map((name) => `${name}:${ip}`);
}

function privilegeWords(privileges: Fields): string[] {
  for (const key of ["CredentialSpec", "SELinuxContext"])
    if (
      privileges
        .fields(key)
        .keys.some((name) => privileges.fields(key).has(name) && !isOff(privileges.fields(key), name))
    )
      throw badRequest(`ContainerSpec.Privileges.${key} is not supported`);
  const seccomp = privileges.fields("Seccomp").text("Mode") ?? "default";
  if (seccomp !== "default" && seccomp !== "unconfined")
    throw badRequest(`ContainerSpec.Privileges.Seccomp.Mode "${seccomp}" is not supported: default and unconfined are`);
  return [
    ...(privileges.flag("NoNewPrivileges") ? ["--security-opt=no-new-privileges"] : []),
    ...(seccomp === "unconfined" ? ["--security-opt=seccomp=unconfined"] : []),
    ...(privileges.fields("AppArmor").text("Mode") === "disabled" ? ["--security-opt=apparmor=unconfined"] : []),
  ];
}

// What labels there are without SELinux is none.
function isOff(fields: Fields, name: string): boolean {
  return name === "Disable" && fields.flag("Disable");
}

function limitWords(limits: Fields): string[] {
  const cpus = limits.count("NanoCPUs");
  return [
    ...option("cpus", cpus === undefined ? undefined : cpus / NANOS),
    ...option("memory", limits.count("MemoryBytes")),
    ...option("pids-limit", limits.count("Pids")),
  ];
}

function logWords(log: Fields): string[] {
  const name = log.text("Name");
  return [...option("log-driver", name === "local" ? "json-file" : name), ...pairs("log-opt", log.map("Options"))];
}
