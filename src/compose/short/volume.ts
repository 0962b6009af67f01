import { posix } from "node:path";
import { type Dict, type Node, type Scalar, valueOf } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { textOf } from "../schema/shape.ts";
import { dictAt } from "./make.ts";

const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

/** The mount that `[source:]target[:options]` stands for. Options that nobody knows are passed over, as the reference does. */
export function expandVolume(item: Scalar): Dict[] {
  const parts = splitParts(item.text);
  const [first = "", second, options = ""] = parts;
  if (first === "" || second === "" || parts.length > 3) {
    const fix = "write [SOURCE:]TARGET[:OPTIONS], or the long form";
    throw problemAt(item.origin, { reason: "compose.bad_volume", what: `invalid volume "${item.text}"`, fix });
  }
  if (second === undefined)
    return [dictAt(item.origin, { type: "volume", target: posix.normalize(first), volume: dictAt(item.origin, {}) })];
  const words = options.split(",");
  const selinux = words.findLast((word) => word === "z" || word === "Z");
  const propagation = words.findLast((word) => PROPAGATIONS.includes(word));
  const bind = isPath(first);
  return [
    dictAt(item.origin, {
      type: bind ? "bind" : "volume",
      source: first,
      target: posix.normalize(second),
      read_only: words.findLast((word) => word === "ro" || word === "rw") === "ro" ? true : undefined,
      bind:
        bind || selinux !== undefined || propagation !== undefined
          ? dictAt(item.origin, { selinux, propagation })
          : undefined,
      volume: bind ? undefined : dictAt(item.origin, { nocopy: words.includes("nocopy") ? true : undefined }),
    }),
  ];
}

/** Whether a source is a path of the host, and not a volume's name. */
function isPath(source: string): boolean {
  return /^(?:[./~]|[A-Za-z]:\\)/.test(source);
}

/** At colons, except the one of a drive letter: `c:\\x` is a path, `c:/x` the volume c. */
function splitParts(text: string): string[] {
  return text.split(/(?<!^[A-Za-z]):|(?<=^[A-Za-z]):(?!\\)/);
}

/** Mounts at the same place are one. */
export function mountKey(item: Node): string {
  const target = valueOf(item, "target");
  return target === undefined ? "" : textOf(target);
}

/** Secrets and configs at the same place are one. */
export function fileKey(folder: string): (item: Node) => string {
  return (item) => {
    const target = textOf(valueOf(item, "target") ?? valueOf(item, "source") ?? item);
    return target.startsWith("/") ? target : `${folder}/${target}`;
  };
}
