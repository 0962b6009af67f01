import { createContainer } from "../../../engine/create.ts";
import { discardedPorts } from "../../../engine/namespaces.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { HealthAction, HealthOptions } from "../../../state/spec/health.ts";
import { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { createWords } from "./create-words.ts";
import { refuseUnknown } from "./known-fields.ts";

const NANOS = 1e6;

/** `POST /libpod/containers/create` */
export async function create(call: Call): Promise<Reply> {
  const values = await call.json();
  refuseUnknown(values);
  const body = new Fields(values);
  const root = body.text("rootfs");
  const image = root === undefined ? body.text("image") : `${root}${body.flag("rootfs_overlay") ? ":O" : ""}`;
  if (image === undefined) throw badRequest("must provide image or rootfs: invalid argument");
  const asked = await call.service.specFromWords(createWords(body), image, body.texts("command"));
  const spec = withExtras(asked, body);
  const record = await createContainer(call.engine, spec);
  return { status: 201, json: { Id: record.id, Warnings: discardedPorts(spec) } };
}

/** What no option says as the body does. */
function withExtras(spec: ContainerSpec, body: Fields): ContainerSpec {
  const health = healthOf(body);
  const init = body.text("init_container_type");
  if (init !== undefined && spec.pod === undefined) throw badRequest("init containers belong to a pod");
  return {
    ...spec,
    env: [...spec.env, ...Object.entries(body.map("env")).map(([key, value]) => `${key}=${value}`)],
    ...(body.has("entrypoint") ? { entrypoint: entrypointOf(body) } : {}),
    ...(health === undefined ? {} : { healthcheck: health }),
    ...(init === undefined || spec.pod === undefined ? {} : { pod: { ...spec.pod, init: initType(init) } }),
    ...(body.has("containerCreateCommand") ? { createCommand: body.texts("containerCreateCommand") } : {}),
  };
}

// One empty word clears the image's, as an empty --entrypoint does.
function entrypointOf(body: Fields): string[] {
  const words = body.texts("entrypoint");
  return words.length === 1 && words[0] === "" ? [] : words;
}

function initType(text: string): "once" | "always" {
  if (text === "once" || text === "always") return text;
  throw badRequest(`init_container_type "${text}" is neither once nor always`);
}

const ACTIONS: readonly HealthAction[] = ["none", "none", "kill", "restart", "stop"];

function healthOf(body: Fields): HealthOptions | undefined {
  const check = body.fields("healthconfig");
  const test = check.texts("Test");
  const action = ACTIONS[body.integer("health_check_on_failure_action") ?? 0];
  if (action === undefined) throw badRequest("health_check_on_failure_action is unknown");
  const startup = startupOf(body.fields("startupHealthConfig"));
  const all = {
    ...(test.length === 0 ? {} : { test }),
    ...times(check),
    ...count("retries", check.count("Retries")),
    ...(action === "none" ? {} : { onFailure: action }),
    ...(startup === undefined ? {} : { startup }),
    ...(body.text("healthLogDestination") === undefined
      ? {}
      : { logDestination: body.text("healthLogDestination") ?? "local" }),
    ...count("maxLogCount", body.integer("healthMaxLogCount")),
    ...count("maxLogSize", body.integer("healthMaxLogSize")),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

function times(check: Fields): HealthOptions {
  const fields = { intervalMs: "Interval", timeoutMs: "Timeout", startPeriodMs: "StartPeriod" } as const;
  const found = Object.entries(fields).flatMap(([name, field]) => {
    const ns = check.count(field);
    return ns === undefined ? [] : [[name, ns / NANOS] as const];
  });
  return Object.fromEntries(found);
}

function startupOf(check: Fields): HealthOptions["startup"] | undefined {
  const test = check.texts("Test");
  if (test.length === 0) return undefined;
  return {
    test,
    intervalMs: (check.count("Interval") ?? 30e9) / NANOS,
    timeoutMs: (check.count("Timeout") ?? 30e9) / NANOS,
    retries: check.integer("Retries") ?? 0,
    successes: check.integer("Successes") ?? 0,
  };
}

function count<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, number>>;
}
