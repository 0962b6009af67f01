import { containerSize } from "../../../engine/container-size.ts";
import { runHealthCheck } from "../../../engine/health/run.ts";
import { holdRoot, letRootGo, mountedRoots } from "../../../engine/hold-root.ts";
import { inspectContainerFacts } from "../../../engine/inspect.ts";
import { pruneContainers } from "../../../engine/prune-containers.ts";
import { observe } from "../../../engine/status.ts";
import { topContainer } from "../../../engine/top.ts";
import { topByHostPs } from "../../../engine/top-host-ps.ts";
import { listContainers } from "../../../state/containers.ts";
import { libpodContainer, libpodHealth } from "../../../views/libpod/container.ts";
import { areColumns, topRows } from "../../../views/process-columns.ts";
import { ApiError } from "../../http/api-error.ts";
import { type Call, done, ok, type Reply } from "../../http/call.ts";
import { namedContainer } from "../find.ts";

/** `GET /libpod/containers/{name}/json` */
export function inspect(call: Call): Reply {
  const { id } = namedContainer(call);
  const { listed, ...facts } = inspectContainerFacts(call.engine, id, call.query.flag("size"));
  return ok(libpodContainer(listed, facts, call.podman));
}

/** `GET /libpod/containers/{name}/exists` */
export function exists(call: Call): Reply {
  namedContainer(call);
  return done();
}

/** `GET /libpod/containers/{name}/top` */
export async function top(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const words = call.query
    .all("ps_args")
    .flatMap((text) => text.split(","))
    .filter(Boolean);
  if (!areColumns(words)) {
    const lines = await topByHostPs(call.engine, id, words);
    const [heading = "", ...rest] = lines;
    // The client prints lines; where a field begins is the business of ps.
    return ok({ Titles: [heading], Processes: rest.map((line) => [line]) });
  }
  const rows = topRows(topContainer(call.engine, id), words, performance.timeOrigin + performance.now());
  const [titles = [], ...processes] = rows;
  return ok({ Titles: titles, Processes: processes });
}

/** `GET /libpod/containers/{name}/healthcheck` */
export async function healthcheck(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const outcome = await runHealthCheck(call.engine, id);
  return ok(libpodHealth(observe(call.engine, namedContainer(call)).state, outcome));
}

/** `POST /libpod/containers/{name}/mount` */
export async function mount(call: Call): Promise<Reply> {
  return ok((await holdRoot(call.engine, namedContainer(call).id)).path);
}

/** `POST /libpod/containers/{name}/unmount` */
export async function unmount(call: Call): Promise<Reply> {
  await letRootGo(call.engine, namedContainer(call).id);
  return done();
}

/** `GET /libpod/containers/showmounted` */
export function showMounted({ engine }: Call): Reply {
  return ok(Object.fromEntries(mountedRoots(engine).map(({ record, path }) => [record.id, path])));
}

/** `GET /libpod/containers/{name}/shouldrestart`: what the engine restarts, it restarts by itself. */
export function shouldRestart(call: Call): Reply {
  const record = namedContainer(call);
  if (observe(call.engine, record).status === "restarting") return done();
  throw new ApiError(409, `container ${record.id} is not to be restarted by its client`);
}

/** `POST /libpod/containers/prune` */
export async function prune({ engine, query }: Call): Promise<Reply> {
  const sizes = new Map(listContainers(engine.store).map((record) => [record.id, containerSize(engine, record).own]));
  const removed = await pruneContainers(engine, query.filters());
  return ok(removed.map((id) => ({ Id: id, Size: sizes.get(id) ?? 0 })));
}
