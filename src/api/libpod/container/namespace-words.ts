import { option, options } from "../../docker/container/words.ts";
import type { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";

/** `{"nsmode": "container", "value": "web"}` as the options have it; undefined for the default, and for the pod's, which is one. */
export function namespaceText(namespace: Fields): string | undefined {
  const mode = namespace.text("nsmode") ?? "default";
  const value = namespace.text("value");
  switch (mode) {
    case "default":
    case "pod":
      return undefined;
    case "path":
      return `ns:${value ?? ""}`;
    case "nomap":
    case "no-map":
      throw badRequest("the user namespace nomap is for engines without root");
    default:
      return value === undefined ? mode : `${mode}:${value}`;
  }
}

/** Which of its surroundings a container has of its own, as options of `create`. */
export function namespaceWords(body: Fields): string[] {
  return [
    ...option("pid", namespaceText(body.fields("pidns"))),
    ...option("ipc", namespaceText(body.fields("ipcns"))),
    ...option("uts", namespaceText(body.fields("utsns"))),
    ...option("cgroupns", namespaceText(body.fields("cgroupns"))),
    ...userWords(body),
  ];
}

/** The user namespace: by its mode, or by a mapping. */
export function userWords(body: Fields): string[] {
  const maps = body.fields("idmappings");
  const ranges = (key: string): string[] =>
    maps
      .list(key)
      .map((range) =>
        [range.integer("container_id") ?? 0, range.integer("host_id") ?? 0, range.integer("size") ?? 0].join(":"),
      );
  const mode = namespaceText(body.fields("userns"));
  const [uids, gids] = [ranges("UIDMap"), ranges("GIDMap")];
  // A mapping is what makes it private.
  const plain = mode === "private" && uids.length + gids.length > 0;
  return [...option("userns", plain ? undefined : mode), ...options("uidmap", uids), ...options("gidmap", gids)];
}
