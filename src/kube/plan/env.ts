import type { ConfigMapKeySelector, Container, EnvFromSource, EnvVar } from "kubernetes-types/core/v1";
import type { SecretUse } from "../../state/spec/secrets.ts";
import { type PlanContext, reject, rejectSeveral, secretName } from "./context.ts";
import { expand } from "./expand.ts";
import { fieldValue, type PodFacts, resourceValue } from "./fields.ts";

/** The variables of a container: plain ones, by which $(NAME) is replaced, and secret ones, which stand nowhere but in the process. */
export type Environment = { readonly plain: ReadonlyMap<string, string>; readonly secret: ReadonlyMap<string, string> };

const VALUE_SOURCES = ["configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef"];

type Variable = { readonly text: string } | { readonly secret: string } | undefined;

/** The variables of a container, later ones over earlier ones, as Kubernetes has it. */
export function environmentOf(context: PlanContext, pod: PodFacts, container: Container): Environment {
  const plain = new Map<string, string>();
  const secret = new Map<string, string>();
  const set = (name: string, value: Variable): void => {
    plain.delete(name);
    secret.delete(name);
    if (value !== undefined && "text" in value) plain.set(name, value.text);
    if (value !== undefined && "secret" in value) secret.set(name, value.secret);
  };
  for (const source of container.envFrom ?? [])
    for (const [key, value] of sourceVariables(context, source)) set(`${source.prefix ?? ""}${key}`, value);
  for (const variable of container.env ?? []) {
    if (/[=\0]/.test(variable.name) || variable.name === "")
      reject(context, [variable, "name"], `"${variable.name}" cannot be a variable`);
    refuseSecret(context, [variable, "value"], variable.value ?? "", secret);
    set(
      variable.name,
      variable.valueFrom === undefined
        ? { text: expand(variable.value ?? "", plain) }
        : valueFrom(context, pod, { container, variable }),
    );
  }
  return { plain, secret };
}

/** The secret variables as the container gets them. */
export function secretVariables({ secret }: Environment): SecretUse[] {
  return [...secret].map(([variable, name]) => ({ type: "env", secret: name, variable }));
}

/** Says that a text would bring a secret to where everybody can read it. */
export function refuseSecret(
  context: PlanContext,
  at: readonly [object, string],
  text: string,
  secret: ReadonlyMap<string, string>,
): void {
  expand(text, secret, (name) => {
    reject(
      context,
      at,
      `$(${name}) is a secret, and would be seen in inspect and in the list of processes`,
      `read the variable ${name} in the program`,
    );
  });
}

function sourceVariables(context: PlanContext, source: EnvFromSource): [string, Variable][] {
  const { configMapRef, secretRef } = source;
  rejectSeveral(context, source, ["configMapRef", "secretRef"]);
  if (configMapRef !== undefined) {
    const data = context.configMaps.get(configMapRef.name ?? "")?.texts;
    if (data === undefined && configMapRef.optional !== true) noConfigMap(context, configMapRef, configMapRef.name);
    return [...(data ?? [])].map(([key, value]) => [key, { text: textOf(value) }]);
  }
  if (secretRef !== undefined) {
    const { name = "", optional } = secretRef;
    const keys = secretKeys(context, name);
    if (keys.length === 0 && optional !== true) noSecret(context, secretRef, name);
    return keys.map((key) => [key, secretVariable(context, name, key)]);
  }
  reject(context, [source, ""], "envFrom needs a configMapRef or a secretRef");
  return [];
}

type Wanted = { readonly container: Container; readonly variable: EnvVar };

function valueFrom(context: PlanContext, pod: PodFacts, { container, variable }: Wanted): Variable {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = variable.valueFrom ?? {};
  rejectSeveral(context, variable.valueFrom ?? {}, VALUE_SOURCES);
  if (variable.value !== undefined && variable.value !== "")
    reject(context, [variable, "valueFrom"], "value and valueFrom exclude each other", "take one out");
  if (configMapKeyRef !== undefined) return mapVariable(context, configMapKeyRef);
  if (secretKeyRef !== undefined) {
    const { name = "", key, optional = false } = secretKeyRef;
    const value = secretVariable(context, name, key);
    if (value === undefined && !optional) noSecret(context, secretKeyRef, name, key);
    return value;
  }
  if (fieldRef !== undefined) return plainVariable(fieldValue(context, pod, fieldRef));
  if (resourceFieldRef !== undefined) return plainVariable(resourceValue(context, pod, container, resourceFieldRef));
  const known = "name a configMapKeyRef, secretKeyRef, fieldRef or resourceFieldRef";
  reject(context, [variable, "valueFrom"], "valueFrom is empty", known);
  return undefined;
}

function mapVariable(context: PlanContext, ref: ConfigMapKeySelector): Variable {
  const { name = "", key, optional = false } = ref;
  const data = context.configMaps.get(name)?.texts;
  const value = data?.get(key);
  if (data === undefined && !optional) noConfigMap(context, ref, name);
  else if (value === undefined && !optional)
    reject(context, [ref, "key"], `the ConfigMap "${name}" has no key "${key}"`);
  return plainVariable(value === undefined ? undefined : textOf(value));
}

function plainVariable(text: string | undefined): Variable {
  return text === undefined ? undefined : { text };
}

/** The keys of a Secret of the file, or of what is kept by its name already. */
export function secretKeys({ secrets, facts }: PlanContext, name: string): string[] {
  const data = secrets.get(name);
  if (data !== undefined) return [...data.keys()];
  const prefix = secretName(name, "");
  const keys = [...facts.secrets]
    .filter((known) => known.startsWith(prefix))
    .map((known) => known.slice(prefix.length));
  // A secret of the user's own is its only key.
  return keys.length === 0 && facts.secrets.has(name) ? [name] : keys;
}

/** A key of a Secret; what is empty is no secret, and cannot be kept as one. Undefined where there is no such key. */
export function secretVariable({ secrets, facts }: PlanContext, name: string, key: string): Variable {
  const value = secrets.get(name)?.get(key);
  if (value?.length === 0) return { text: "" };
  if (value !== undefined) return { secret: secretName(name, key) };
  const kept = [secretName(name, key), ...(key === name ? [name] : [])].find((known) => facts.secrets.has(known));
  return secrets.has(name) || kept === undefined ? undefined : { secret: kept };
}

export function noConfigMap(context: PlanContext, ref: object, name = ""): void {
  reject(
    context,
    [ref, "name"],
    `there is no ConfigMap "${name}" in the file`,
    "add it, or name its file: --configmap FILE",
  );
}

export function noSecret(context: PlanContext, ref: object, name: string, key?: string): void {
  const what =
    key === undefined ? `there is no Secret "${name}"` : `there is no Secret "${name}" with the key "${key}"`;
  reject(
    context,
    [ref, "key"],
    what,
    `add it to the file, or make it: estiba secret create ${secretName(name, key ?? "KEY")} FILE`,
  );
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString("utf8");
}
