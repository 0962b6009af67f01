import type { NetworkConfig, VolumeConfig } from "../project.ts";
import type { Service } from "../service.ts";

/** What may change without a new container: it says how images are made, how many containers there are, and who waits for whom. */
const NOT_OF_THE_CONTAINER = [
  "build",
  "depends_on",
  "develop",
  "profiles",
  "pull_policy",
  "pull_refresh_after",
  "scale",
] as const satisfies readonly (keyof Service)[];

/** The part of a service that its containers are made from. */
export function containerPart(service: Service): Partial<Service> {
  const part: Record<string, unknown> = { ...service };
  for (const key of NOT_OF_THE_CONTAINER) delete part[key];
  const own = service["x-estiba"];
  // That there is one counts: what it says is put in force anew.
  if (own?.schedule !== undefined) part["x-estiba"] = { ...own, schedule: {} };
  if (service.deploy !== undefined) {
    const { replicas: _replicas, update_config: _update, rollback_config: _rollback, ...deploy } = service.deploy;
    part["deploy"] = deploy;
  }
  return part;
}

/**
 * Tells whether a container was made from a service as it is now. The order of keys does not matter, nor what is undefined. `contents` are
 * digests of what is copied into the container besides: secrets and configs.
 */
export function serviceHash(service: Service, contents: Readonly<Record<string, string>> = {}): string {
  const extra = Object.keys(contents).length === 0 ? {} : { contents };
  return digest({ ...containerPart(service), ...extra });
}

/** The same for a network or a volume. */
export function resourceHash(config: NetworkConfig | VolumeConfig): string {
  return digest(config);
}

/** SHA-256 of a value, in hex digits. */
export function digest(value: unknown): string {
  return new Bun.CryptoHasher("sha256").update(stableJson(value)).digest("hex");
}

/** JSON with sorted keys. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(",")}}`;
}
