import { createContainer } from "../../../engine/create.ts";
import { discardedPorts } from "../../../engine/namespaces.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import { findContainer } from "../../../state/containers.ts";
import { findNetwork } from "../../../state/networks.ts";
import type { HealthOptions } from "../../../state/spec/health.ts";
import type { MountSpec } from "../../../state/spec/mounts.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { createWords } from "./create-words.ts";
import { isReason } from "./find.ts";

const NANOS = 1e6;

/** `POST /containers/create` */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const image = body.text("Image");
  if (image === undefined) throw badRequest("No image specified: invalid reference format");
  const name = call.query.text("name")?.replace(/^\//, "");
  const words = createWords(body, name);
  const asked = await call.service.specFromWords(words, image, body.words("Cmd"));
  const spec = withExtras(asked, body);
  try {
    const { id } = await createContainer(call.engine, spec);
    return { status: 201, json: { Id: id, Warnings: discardedPorts(spec) } };
  } catch (error) {
    throw inDockersWords(call, error, { image, name, networks: spec.networks ?? [] });
  }
}

/** What no option says as the body does. */
function withExtras(spec: ContainerSpec, body: Fields): ContainerSpec {
  const env = body.texts("Env");
  const gone = env.filter((entry) => !entry.includes("="));
  const health = healthOf(body.fields("Healthcheck"));
  const entrypoint = body.words("Entrypoint");
  return {
    ...spec,
    env: env.filter((entry) => entry.includes("=")),
    ...(gone.length === 0 ? {} : { process: { ...spec.process, unsetEnv: gone } }),
    ...(entrypoint.length === 0 ? {} : { entrypoint: entrypoint.join("") === "" ? [] : entrypoint }),
    mounts: spec.mounts.map((mount, index) =>
      withSource(mount, index < body.fields("HostConfig").texts("Binds").length),
    ),
    ...(health === undefined ? {} : { healthcheck: health }),
    ...(body.flag("OpenStdin") && !body.flag("StdinOnce") ? { stdinStays: true as const } : {}),
  };
}

// Docker makes the folder that a bind names; not that of a mount.
function withSource(mount: MountSpec, isBind: boolean): MountSpec {
  return isBind && mount.type === "bind" ? { ...mount, createSource: true } : mount;
}

/** A health check as clients send it; undefined where nothing is said. */
export function healthOf(check: Fields): HealthOptions | undefined {
  const test = check.texts("Test");
  const times = (["intervalMs", "timeoutMs", "startPeriodMs", "startIntervalMs"] as const).flatMap((field) => {
    const ns = check.count(DURATIONS[field]);
    return ns === undefined ? [] : [[field, ns / NANOS] as const];
  });
  const retries = check.count("Retries");
  const all = {
    ...(test.length === 0 ? {} : { test }),
    ...Object.fromEntries(times),
    ...(retries === undefined ? {} : { retries }),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

const DURATIONS = {
  intervalMs: "Interval",
  timeoutMs: "Timeout",
  startPeriodMs: "StartPeriod",
  startIntervalMs: "StartInterval",
} as const;

type Wish = {
  readonly image: string;
  readonly name: string | undefined;
  readonly networks: NonNullable<ContainerSpec["networks"]>;
};

/** Clients look for these texts: 404 makes them pull, 409 choose another name. */
function inDockersWords({ engine }: Call, error: unknown, { image, name, networks }: Wish): unknown {
  if (isReason(error, "container.name_in_use") && name !== undefined) {
    const { id } = findContainer(engine.store, name);
    return new ApiError(
      409,
      `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
  if (isEstibaError(error, "not_found") && error.reason.startsWith("image."))
    return new ApiError(404, `No such image: ${image}`);
  // Of anything else a 404 would have the client pull the image, which is there.
  if (isReason(error, "network.unknown")) {
    const missing = networks.find(({ network }) => findNetwork(engine.store, network) === undefined);
    return badRequest(`network ${missing?.network ?? ""} not found`);
  }
  return isEstibaError(error, "not_found") ? badRequest(describeError(error)) : error;
}
