import { updateContainer } from "../../../engine/update.ts";
import { options } from "../../docker/container/words.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { namedContainer } from "../find.ts";
import { refuseUnknown } from "./known-fields.ts";
import { updatableWords } from "./limit-words.ts";

/** Lists of limits of devices: the field, the option, and what is limited. */
const DEVICES = [
  ["BlkIOWeightDevice", "blkio-weight-device", "Weight"],
  ["DeviceReadBPs", "device-read-bps", "Rate"],
  ["DeviceWriteBPs", "device-write-bps", "Rate"],
  ["DeviceReadIOPs", "device-read-iops", "Rate"],
  ["DeviceWriteIOPs", "device-write-iops", "Rate"],
] as const;

const LIMITS: readonly string[] = ["blockIO", "cpu", "memory", "pids"];

/** `POST /libpod/containers/{name}/update`: limits as the runtime has them and, by newer clients, health checks and variables. */
export async function update(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const values = await call.json();
  const health = Object.keys(values).filter((key) => /^(no_)?health/.test(key));
  refuseUnknown(values, [...LIMITS, ...DEVICES.map(([field]) => field), ...health, "Env", "UnsetEnv"]);
  const body = new Fields(values);
  const policy = call.query.text("restartPolicy");
  const tries = call.query.integer("restartRetries");
  const words = [
    ...updatableWords(body),
    ...DEVICES.flatMap(([field, option, limit]) =>
      options(
        option,
        body.list(field).map((device) => `${device.text("Path") ?? ""}:${device.integer(limit) ?? 0}`),
      ),
    ),
    ...health.flatMap((key) => healthWord(key, values[key])),
    ...(policy === undefined ? [] : [`--restart=${policy}${tries === undefined ? "" : `:${tries}`}`]),
  ];
  const spec = await call.service.specFromWords(words, "", [], { configured: false });
  const [env, unsetEnv] = [body.texts("Env"), body.texts("UnsetEnv")];
  await updateContainer(call.engine, id, {
    ...(Object.keys(spec.resources).length === 0 ? {} : { limits: spec.resources }),
    ...(policy === undefined ? {} : { restart: spec.restart ?? { name: "no" } }),
    ...(spec.healthcheck === undefined ? {} : { health: spec.healthcheck }),
    ...(env.length === 0 ? {} : { env }),
    ...(unsetEnv.length === 0 ? {} : { unsetEnv }),
  });
  return { status: 201, json: id };
}

// `health_cmd` as `--health-cmd`; what is null is not asked for.
function healthWord(key: string, value: unknown): string[] {
  if (value === null || value === false) return [];
  const name = `--${key.replaceAll("_", "-")}`;
  if (value === true) return [name];
  if (typeof value !== "string" && typeof value !== "number") throw badRequest(`invalid JSON: ${key} is not a string`);
  return [`${name}=${value}`];
}
