import { signalName } from "../../../host/signal.ts";
import { flag, option, options, pairs } from "../../docker/container/words.ts";
import type { Fields } from "../../docker/fields.ts";
import { limitWords } from "./limit-words.ts";
import { mountWords, ownMountWords } from "./mount-words.ts";
import { namespaceWords } from "./namespace-words.ts";
import { exposeWords, networkWords } from "./network-words.ts";

/**
 * A `SpecGenerator` as options of `estiba create`, as Podman's own command made it from such: each is checked where those are. What no option
 * can say is in `create.ts`. Throws 400 for wrong types.
 */
export function createWords(body: Fields): string[] {
  return [
    ...basicWords(body),
    ...processWords(body),
    ...imageWords(body),
    ...securityWords(body),
    ...namespaceWords(body),
    ...limitWords(body),
    ...mountWords(body),
    ...ownMountWords(body),
    ...networkWords(body),
    ...exposeWords(body),
  ];
}

function basicWords(body: Fields): string[] {
  const tries = body.count("restart_tries");
  const policy = body.text("restart_policy");
  return [
    ...option("name", body.text("name")),
    ...option("pod", body.text("pod")),
    ...option("hostname", body.text("hostname")),
    ...pairs("label", body.map("labels")),
    ...pairs("annotation", body.map("annotations")),
    ...flag("rm", body.flag("remove")),
    ...option("runtime", body.text("oci_runtime")),
    ...option("restart", policy === undefined ? undefined : `${policy}${tries === undefined ? "" : `:${tries}`}`),
    ...options("requires", body.texts("dependencyContainers")),
    ...logWords(body.fields("log_configuration")),
    ...option("tz", body.text("timezone")),
    ...options("hostuser", body.texts("hostusers")),
    ...option("passwd-entry", body.text("passwd_entry")),
    ...option("group-entry", body.text("group_entry")),
    ...(body.has("manage_password") ? [`--passwd=${body.flag("manage_password")}`] : []),
    ...flag("no-hosts", body.flag("use_image_hosts")),
    ...flag("no-hostname", body.flag("use_image_hostname")),
    ...option("hosts-file", body.text("base_hosts_file")),
  ];
}

function logWords(log: Fields): string[] {
  const size = log.integer("size") ?? 0;
  return [
    // The journal is what Podman takes by itself where it is built with it: the client has no wish of its own then.
    ...option("log-driver", log.text("driver")),
    ...(log.text("path") === undefined ? [] : [`--log-opt=path=${log.text("path") ?? ""}`]),
    ...(size > 0 ? [`--log-opt=max-size=${size}`] : []),
    ...pairs("log-opt", log.map("options")),
  ];
}

function processWords(body: Fields): string[] {
  return [
    ...option("workdir", body.text("work_dir")),
    ...option("user", body.text("user")),
    ...options("group-add", body.texts("groups")),
    ...flag("tty", body.flag("terminal")),
    ...flag("interactive", body.flag("stdin")),
    ...flag("env-host", body.flag("env_host")),
    `--http-proxy=${body.flag("httpproxy")}`,
    ...options("unsetenv", body.texts("unsetenv")),
    ...flag("unsetenv-all", body.flag("unsetenvall")),
    ...options("env-merge", body.texts("envmerge")),
    ...option("stop-signal", signalOf(body.count("stop_signal"))),
    ...option("stop-timeout", body.integer("stop_timeout")),
    ...option("timeout", body.count("timeout")),
    ...option("systemd", body.text("systemd")),
    ...option("sdnotify", body.text("sdnotifyMode")),
    ...option("umask", body.text("umask")),
    ...flag("init", body.flag("init")),
    ...(body.flag("init") ? option("init-path", body.text("init_path")) : []),
    ...option("conmon-pidfile", body.text("conmon_pid_file")),
  ];
}

function signalOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : signalName(number);
}

function imageWords(body: Fields): string[] {
  return [
    ...flag("rootfs", body.has("rootfs") && body.text("rootfs") !== undefined),
    ...option("platform", platformOf(body)),
  ];
}

function platformOf(body: Fields): string | undefined {
  const [os = "linux", architecture, variant] = [
    body.text("image_os"),
    body.text("image_arch"),
    body.text("image_variant"),
  ];
  if (architecture === undefined) return undefined;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

function securityWords(body: Fields): string[] {
  const [seccomp, apparmor] = [body.text("seccomp_profile_path"), body.text("apparmor_profile")];
  const words = [
    ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
    ...(body.flag("no_new_privileges") ? ["no-new-privileges"] : []),
    ...body.texts("selinux_opts").map((text) => `label=${text}`),
    ...list("mask", body.texts("mask")),
    ...list("unmask", body.texts("unmask")),
    ...(body.texts("procfs_opts").length === 0 ? [] : [`proc-opts=${body.texts("procfs_opts").join(",")}`]),
  ];
  return [
    ...flag("privileged", body.flag("privileged")),
    ...options("cap-add", body.texts("cap_add")),
    ...options("cap-drop", body.texts("cap_drop")),
    ...flag("read-only", body.flag("read_only_filesystem")),
    ...(body.has("read_write_tmpfs") ? [`--read-only-tmpfs=${body.flag("read_write_tmpfs")}`] : []),
    ...options("security-opt", words),
    ...option("seccomp-policy", body.text("seccomp_policy")),
    ...pairs("sysctl", body.map("sysctl")),
  ];
}

function list(name: string, paths: readonly string[]): string[] {
  return paths.length === 0 ? [] : [`${name}=${paths.join(":")}`];
}
