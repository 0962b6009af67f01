import { option, options, pairs } from "../../docker/container/words.ts";
import type { Fields } from "../../docker/fields.ts";
import { deviceWords, updatableWords } from "../container/limit-words.ts";
import { mountWords } from "../container/mount-words.ts";
import { namespaceText, userWords } from "../container/namespace-words.ts";
import { networkWords } from "../container/network-words.ts";

/** A `PodSpecGenerator` as options of `estiba pod create`. Throws 400 for wrong types. */
export function podWords(body: Fields): string[] {
  const limits = body.fields("resource_limits");
  const tries = body.count("restart_tries");
  const policy = body.text("restart_policy");
  return [
    ...option("name", body.text("name")),
    ...option("hostname", body.text("hostname")),
    ...pairs("label", body.map("labels")),
    ...option("exit-policy", body.text("exit_policy")),
    ...option("restart", policy === undefined ? undefined : `${policy}${tries === undefined ? "" : `:${tries}`}`),
    ...(body.has("share_parent") ? [`--share-parent=${body.flag("share_parent")}`] : []),
    ...option("cgroup-parent", body.text("cgroup_parent")),
    ...infraWords(body),
    ...option("pid", namespaceText(body.fields("pidns"))),
    ...option("uts", namespaceText(body.fields("utsns"))),
    ...userWords(body),
    ...updatableWords(limits),
    // Older clients send the two of --cpus again.
    ...option("cpu-period", limits.fields("cpu").has("period") ? undefined : body.count("cpu_period")),
    ...option("cpu-quota", limits.fields("cpu").has("quota") ? undefined : body.count("cpu_quota")),
    ...deviceWords(body),
    ...option("shm-size", body.count("shm_size")),
    ...networkWords(body),
    ...(body.flag("no_manage_hosts") ? ["--no-hosts"] : []),
    ...mountWords(body),
    ...options("device", body.texts("pod_devices")),
    ...options("security-opt", body.texts("security_opt")),
    ...pairs("sysctl", body.map("sysctl")),
  ];
}

function infraWords(body: Fields): string[] {
  if (body.flag("no_infra")) return ["--infra=false"];
  const shared = body.texts("shared_namespaces");
  const command = body.texts("infra_command");
  return [
    // None is "the default", unless it is said in so many words.
    ...option("share", shared.length === 0 ? undefined : shared.join(",")),
    ...option("infra-image", body.text("infra_image")),
    ...option("infra-name", body.text("infra_name")),
    ...option("infra-command", command.length === 0 ? undefined : command.join(" ")),
    ...option("infra-conmon-pidfile", body.text("infra_conmon_pid_file")),
  ];
}
