import type { ConfigMap, Secret } from "kubernetes-types/core/v1";
import type { ReadObject } from "../schema/objects.ts";
import { type ConfigData, type KeyedData, type PlanContext, reject } from "./context.ts";

const KEY = /^[-._a-zA-Z0-9]{1,253}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

type Rejecting = Pick<PlanContext, "file" | "problems">;

/** The values of all ConfigMaps among the objects, by name. */
export function configMapsOf(context: Rejecting, objects: readonly ReadObject[]): Map<string, ConfigData> {
  return new Map(
    objects.flatMap(({ kind, name, value }): [string, ConfigData][] => {
      if (kind !== "ConfigMap") return [];
      const { data, binaryData } = value as ConfigMap;
      const plain = new Map(texts(context, data));
      return [[name, { texts: plain, all: new Map([...plain, ...decoded(context, binaryData, "data")]) }]];
    }),
  );
}

/** The values of all Secrets among the objects, by name. */
export function secretsOf(context: Rejecting, objects: readonly ReadObject[]): Map<string, KeyedData> {
  return new Map(
    objects.flatMap(({ kind, name, value }): [string, KeyedData][] => {
      if (kind !== "Secret") return [];
      const { data, stringData } = value as Secret;
      // stringData counts where both have a key.
      return [[name, new Map([...decoded(context, data, "stringData"), ...texts(context, stringData)])]];
    }),
  );
}

type Data = Readonly<Record<string, string>> | undefined;

function texts(context: Rejecting, data: Data): [string, Uint8Array][] {
  return entries(context, data).map(([key, text]) => [key, Buffer.from(text)]);
}

/** `plain` is the field for texts as they are. */
function decoded(context: Rejecting, data: Data, plain: string): [string, Uint8Array][] {
  return entries(context, data).flatMap(([key, text]): [string, Uint8Array][] => {
    const clean = text.replaceAll(/\s/g, "");
    if (BASE64.test(clean)) return [[key, Buffer.from(clean, "base64")]];
    reject(context, [data ?? {}, key], `the value of "${key}" is not base64`, `encode it with base64, or use ${plain}`);
    return [];
  });
}

function entries(context: Rejecting, data: Data): [string, string][] {
  const all = Object.entries(data ?? {});
  for (const [key] of all)
    if (!KEY.test(key) || key === "." || key === "..")
      reject(context, [data ?? {}, key], `"${key}" cannot be a key`, "use letters, digits, -, _ and .");
  return all;
}
