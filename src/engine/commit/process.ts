import { readFileSync } from "node:fs";
import { isProxyVariable } from "../../config/proxy.ts";
import { EstibaError } from "../../lib/error.ts";
import { lastOfEach } from "../../lib/last-of-each.ts";
import { applyChange } from "../../oci/config-change.ts";
import { type ImageConfig, type ProcessDefaults, parseProcess } from "../../oci/image-config.ts";
import { parseJsonObject } from "../../oci/json.ts";
import type { ContainerRecord } from "../../state/container.ts";

type Asked = {
  readonly changes: readonly string[];
  /** A JSON file with fields of an image's `config`, which go before those of the container. */
  readonly configFile?: string | undefined;
  /** All mounts of the user's become volumes of the image; else only the anonymous ones. */
  readonly includeVolumes: boolean;
};

/** What a container made from the committed image does by itself: as the container did, with the changes asked for, in their order. */
export function committedProcess(record: ContainerRecord, image: ImageConfig, asked: Asked): ProcessDefaults {
  const { spec, process } = record;
  const own = image.process;
  const cmd = process.args.slice(process.entrypoint.length);
  const ports = spec.ports.flatMap(({ containerPort, protocol, range }) =>
    Array.from({ length: range }, (_, offset) => `${containerPort + offset}/${protocol}`),
  );
  const volumes = record.mounts.filter((mount) => asked.includeVolumes || isAnonymous(record, mount.target));
  const committed: ProcessDefaults = {
    ...own,
    user: process.user,
    env: lastOfEach(process.env.filter((entry) => !isLocal(entry, record))),
    entrypoint: [...process.entrypoint],
    cmd,
    workingDir: process.cwd,
    ...(spec.stopSignal === undefined ? {} : { stopSignal: spec.stopSignal }),
    exposedPorts: sorted([...own.exposedPorts, ...record.exposed, ...ports]),
    volumes: sorted([...own.volumes, ...volumes.map(({ target }) => target)]),
    labels: { ...own.labels, ...record.labels },
  };
  const configured = asked.configFile === undefined ? committed : { ...committed, ...readConfig(asked.configFile) };
  return asked.changes.reduce(applyChange, configured);
}

// A proxy is the host's, perhaps with a password: nothing that an image should carry to others.
function isLocal(entry: string, { spec }: ContainerRecord): boolean {
  return isProxyVariable(entry) && spec.process?.baseEnv?.includes(entry) === true;
}

function isAnonymous({ volumes }: ContainerRecord, target: string): boolean {
  return volumes.some((volume) => volume.target === target && volume.anonymous);
}

/** The fields of a config file that say something. */
function readConfig(path: string): Partial<ProcessDefaults> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new EstibaError("invalid", { reason: "cli.cannot_read", what: `cannot read "${path}"`, cause: error });
  }
  const process = parseProcess(parseJsonObject(bytes, `the configuration "${path}"`));
  return Object.fromEntries(Object.entries(process).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
