import type { ContainerSpec } from "../../state/container.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import { healthDocument } from "../../views/docker/create-body.ts";
import { mountDocument } from "../../views/docker/create-mounts.ts";
import type { FileUse } from "../model/file.ts";

/** `ContainerSpec` of a service with Docker's fields; what Docker has none for is told under `Privileged` and `Devices`. */
export function containerDocument(container: ContainerSpec, files: readonly FileUse[]): Record<string, unknown> {
  const { image, command, entrypoint, env, labels, hostname, user, workdir, groupAdd, tty, interactive } = container;
  const { healthcheck, security, devices, mounts, stopSignal, stopTimeout, sysctls, ulimits, process } = container;
  return {
    Image: image,
    Labels: labels,
    ...filled({ Command: entrypoint, Args: command, Env: env, Groups: groupAdd, Devices: devices }),
    ...said({ Hostname: hostname, Dir: workdir, User: user, StopSignal: stopSignal }),
    ...raised({ TTY: tty, OpenStdin: interactive, ReadOnly: security.readOnlyRoot, Privileged: security.privileged }),
    ...(process?.init === undefined ? {} : { Init: true }),
    ...privileges(security),
    StopGracePeriod: stopTimeout * 1e9,
    ...(healthcheck === undefined ? {} : { Healthcheck: healthDocument(healthcheck) }),
    ...filled({
      Mounts: mounts.map(mountDocument),
      Hosts: container.addHosts.map(hostLine),
      CapabilityAdd: security.capAdd,
      CapabilityDrop: security.capDrop,
      Ulimits: Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    }),
    DNSConfig: filled({ Nameservers: container.dns, Search: container.dnsSearch, Options: container.dnsOptions }),
    ...(Object.keys(sysctls).length === 0 ? {} : { Sysctls: sysctls }),
    ...(container.resources.oomScoreAdjust === undefined ? {} : { OomScoreAdj: container.resources.oomScoreAdjust }),
    ...filled({
      Secrets: files.filter(({ kind }) => kind === "secret").map(secretReference),
      Configs: files.filter(({ kind }) => kind === "config").map(configReference),
    }),
    Isolation: "default",
  };
}

function filled(lists: Readonly<Record<string, readonly unknown[] | undefined>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(lists).filter(([, list = []]) => list.length > 0));
}

function said(texts: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(texts).filter(([, text = ""]) => text !== ""));
}

function raised(flags: Readonly<Record<string, boolean>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([, on]) => on));
}

function secretReference({ id, name, ...use }: FileUse): Record<string, unknown> {
  return {
    File: fileTarget({ ...use, target: use.target.replace(/^\/run\/secrets\//, "") }),
    SecretID: id,
    SecretName: name,
  };
}

function configReference({ id, name, ...use }: FileUse): Record<string, unknown> {
  return { File: fileTarget(use), ConfigID: id, ConfigName: name };
}

function fileTarget({ target, uid, gid, mode }: Pick<FileUse, "target" | "uid" | "gid" | "mode">): object {
  return { Name: target, UID: String(uid), GID: String(gid), Mode: mode };
}

/** `NAME:IP` as a line of /etc/hosts. */
function hostLine(text: string): string {
  const colon = text.indexOf(":");
  return `${text.slice(colon + 1)} ${text.slice(0, colon)}`;
}

function privileges({ noNewPrivileges, seccomp, apparmor }: SecuritySpec): Record<string, unknown> {
  const all = {
    ...(noNewPrivileges ? { NoNewPrivileges: true } : {}),
    ...(seccomp === "unconfined" ? { Seccomp: { Mode: "unconfined" } } : {}),
    ...(apparmor === "unconfined" ? { AppArmor: { Mode: "disabled" } } : {}),
  };
  return Object.keys(all).length === 0 ? {} : { Privileges: all };
}
