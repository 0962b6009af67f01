import { option, options } from "../../docker/container/words.ts";
import type { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";

/** What is mounted into a container or a pod, as options of `create`. */
export function mountWords(body: Fields): string[] {
  return [
    ...body.list("mounts").flatMap(mountWord),
    ...options("volume", body.list("volumes").map(volumeText)),
    ...options("volume", body.list("overlay_volumes").map(overlayText)),
    ...options("mount", body.list("image_volumes").map(imageText)),
    ...options("volumes-from", body.texts("volumes_from")),
  ];
}

/** What containers have besides, and pods have not. */
export function ownMountWords(body: Fields): string[] {
  if (body.names("storage_opts").length > 0)
    throw badRequest("storage_opts are not supported: a container's own layer has no size of its own");
  return [
    ...option("image-volume", body.text("image_volume_mode")),
    ...options("device", body.list("devices").map(deviceText)),
    ...options("device-cgroup-rule", body.list("device_cgroup_rule").map(ruleText)),
    ...options("secret", body.list("secrets").map(secretText)),
    ...options(
      "secret",
      Object.entries(body.map("secret_env")).map(([variable, secret]) =>
        csv([secret, "type=env", `target=${variable}`]),
      ),
    ),
  ];
}

function mountWord(mount: Fields): string[] {
  const target = mount.text("destination") ?? "";
  const chosen = mount.texts("options").filter((word) => !NOT_CHOSEN.has(word));
  switch (mount.text("type") ?? "bind") {
    case "bind":
      return [`--volume=${joined([mount.text("source") ?? "", target], chosen)}`];
    case "tmpfs":
      return [`--tmpfs=${joined([target], chosen)}`];
    case "ramfs":
    case "devpts":
      return [`--mount=${csv([`type=${mount.text("type")}`, `target=${target}`, ...chosen])}`];
    default:
      throw badRequest(`mounts: the type "${mount.text("type")}" cannot be chosen`);
  }
}

/** What is so anyway, and no option says. */
const NOT_CHOSEN: ReadonlySet<string> = new Set(["bind=true", "relatime"]);

function volumeText(volume: Fields): string {
  const name = volume.text("Name");
  const target = volume.text("Dest") ?? "";
  if (volume.text("SubPath") !== undefined) throw badRequest("volumes: SubPath is to be given as a mount");
  const chosen = volume.texts("Options");
  if (name === undefined || volume.flag("IsAnonymous")) return target;
  return joined([name, target], chosen);
}

function overlayText(volume: Fields): string {
  return joined(
    [volume.text("source") ?? "", volume.text("destination") ?? ""],
    [...new Set(["O", ...volume.texts("options")])],
  );
}

function imageText(volume: Fields): string {
  return csv([
    "type=image",
    `source=${volume.text("Source") ?? ""}`,
    `target=${volume.text("Destination") ?? ""}`,
    `rw=${volume.flag("ReadWrite")}`,
    ...(volume.text("subPath") === undefined ? [] : [`subpath=${volume.text("subPath") ?? ""}`]),
  ]);
}

// The client sends the whole option of the command line as a path.
function deviceText(device: Fields): string {
  return device.text("path") ?? "";
}

function ruleText(rule: Fields): string {
  if (!rule.flag("allow")) throw badRequest("device_cgroup_rule: a rule can only allow");
  const number = (key: string): string => {
    const value = rule.integer(key);
    return value === undefined || value < 0 ? "*" : String(value);
  };
  return `${rule.text("type") ?? "a"} ${number("major")}:${number("minor")} ${rule.text("access") ?? ""}`;
}

function secretText(secret: Fields): string {
  const mode = secret.integer("Mode");
  return csv([
    secret.text("Source") ?? "",
    ...(secret.text("Target") === undefined ? [] : [`target=${secret.text("Target") ?? ""}`]),
    `uid=${secret.integer("UID") ?? 0}`,
    `gid=${secret.integer("GID") ?? 0}`,
    ...(mode === undefined ? [] : [`mode=${mode.toString(8)}`]),
  ]);
}

function joined(parts: readonly string[], words: readonly string[]): string {
  return [...parts, ...(words.length === 0 ? [] : [words.join(",")])].join(":");
}

function csv(words: readonly string[]): string {
  return words.map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",");
}
