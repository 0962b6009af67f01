import { printWords } from "../../lib/unit-words.ts";
import { checkKeys, type KeyRules, ownKeys, refused, tableWords, text, truth } from "./rules.ts";
import { baseCommand, beginUnit, type Conversion, rawWords, setOneshot } from "./shared.ts";
import { unitError, valueOf } from "./unit-file.ts";

const GROUP = "Image";

const PLAIN: KeyRules = {
  Arch: text("--arch"),
  AuthFile: text("--authfile"),
  CertDir: text("--cert-dir"),
  Creds: text("--creds"),
  OS: text("--os"),
  Policy: text("--policy"),
  Variant: text("--variant"),
  AllTags: truth("--all-tags"),
  TLSVerify: truth("--tls-verify"),
};

/** The keys of [Image]. Source: podman-systemd.unit(5). */
export const IMAGE_KEYS: KeyRules = {
  ...PLAIN,
  ...ownKeys("Image", "ImageTag"),
  Retry: refused("a pull is tried again by itself; use Restart= in [Service] for more"),
  RetryDelay: refused("use RestartSec= in [Service]"),
  DecryptionKey: refused("encrypted images are not read"),
};

/** An .image file as a service that pulls the image. */
export function convertImage(conversion: Conversion): string[] {
  const { quadlet, draft } = conversion;
  const { unit } = quadlet;
  const warnings = checkKeys(unit, GROUP, IMAGE_KEYS);
  const image = valueOf(unit, GROUP, "Image");
  if (image === undefined) throw unitError(unit.path, 1, "no Image key specified", "add Image= to [Image]");
  beginUnit(conversion);
  const argv = [
    ...baseCommand(conversion),
    "image",
    "pull",
    ...tableWords(unit, GROUP, PLAIN),
    ...rawWords(conversion),
    image,
  ];
  draft.add("Service", "ExecStart", printWords(argv));
  setOneshot(conversion, true);
  return warnings;
}
