import { EstibaError } from "../../lib/error.ts";
import { parseSize } from "../../lib/size.ts";
import type { VolumeRecord } from "../../state/volumes.ts";

type Volume = Pick<VolumeRecord, "options"> | undefined;

const KEYS = ["type", "device", "o", "copy", "nocopy"];
/** Words of `o` that Estiba acts on by itself where nothing is mounted. */
const OWN_WORDS = /^([ug]id=\d+|noquota|size=.*|inodes=.*)$/;

/** The one after it means "as it is" to chown(2). */
const LAST_ID = 2 ** 32 - 2;

/** Whether a volume is mounted from somewhere when it is used, rather than being a folder. */
export function hasDevice(volume: Volume): boolean {
  const { type = "", device = "" } = volume?.options ?? {};
  return device !== "" || type !== "";
}

/**
 * Refuses what the `local` driver cannot make of a volume's options. Source: podman-volume-create(1). Throws `invalid`, and `unsupported` for
 * quotas, which only a file system of the volume's own can keep.
 */
export function checkVolumeOptions(options: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw badOption(`invalid mount option ${unknown} for driver 'local'`, "known: type, device, o, copy, nocopy");
  const words = wordsOf(options["o"]);
  for (const word of words.filter((text) => text.startsWith("size="))) {
    if (parseSize(word.slice("size=".length)) === undefined && !/^\d+%$/.test(word.slice("size=".length)))
      throw badOption(`the volume option "${word}" is not a size`, "for example: o=size=100m");
  }
  if (hasDevice({ options })) return;
  const quota = words.find((word) => /^(size|inodes)=/.test(word));
  if (quota !== undefined) {
    throw new EstibaError("unsupported", {
      reason: "volume.no_quota",
      what: `a volume that is a folder cannot have a limit ("${quota}")`,
      fix: "give it a file system of its own: --opt type=tmpfs --opt o=size=100m, or --opt device=IMAGE",
    });
  }
  const strange = words.find((word) => /^[ug]id=\d+$/.test(word) && Number(word.slice("uid=".length)) > LAST_ID);
  if (strange !== undefined) throw badOption(`the volume option "${strange}" is no id`, `ids end at ${LAST_ID}`);
  const idle = words.find((word) => !OWN_WORDS.test(word));
  if (idle !== undefined)
    throw badOption(
      `the volume option "${idle}" is for a mount, and nothing is to be mounted`,
      "add --opt device= or --opt type=",
    );
}

/** Whether an image's files come into the volume while it is empty. */
export function wantsCopy(volume: Volume): boolean {
  return volume?.options?.["nocopy"] === undefined;
}

/** The arguments of mount(8), without the place; undefined where the volume is a folder. */
export function mountWords(volume: Volume): string[] | undefined {
  if (!hasDevice(volume)) return undefined;
  const { type = "", device = "", o } = volume?.options ?? {};
  const words = wordsOf(o).filter((word) => word !== "noquota");
  const isNfs = /^nfs4?$/.test(type);
  const address = isNfs ? words.find((word) => word.startsWith("addr="))?.slice("addr=".length) : undefined;
  // Docker's way to name a server; mount.nfs wants it before the colon.
  const source = address !== undefined && device.startsWith(":") ? `${bracketed(address)}${device}` : device;
  const rest = source === device ? words : words.filter((word) => !word.startsWith("addr="));
  if (type === "bind") rest.unshift("bind");
  return [
    ...(type === "" || type === "bind" ? [] : ["-t", type]),
    ...(rest.length === 0 ? [] : ["-o", rest.join(",")]),
    "--",
    source === "" ? type : source,
  ];
}

/** Who a volume that is a folder is given to; undefined: root, or whoever uses it first. */
export function ownerOf(volume: Volume): { uid: number; gid: number } | undefined {
  if (hasDevice(volume)) return undefined;
  const words = wordsOf(volume?.options?.["o"]);
  const [uid, gid] = ["uid=", "gid="].map((name) =>
    words.findLast((word) => word.startsWith(name))?.slice(name.length),
  );
  return uid === undefined && gid === undefined ? undefined : { uid: Number(uid ?? 0), gid: Number(gid ?? 0) };
}

function wordsOf(o: string | undefined): string[] {
  return (o ?? "").split(",").filter((word) => word !== "");
}

function bracketed(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}

function badOption(what: string, fix: string): EstibaError {
  return new EstibaError("invalid", { reason: "volume.bad_option", what, fix });
}
