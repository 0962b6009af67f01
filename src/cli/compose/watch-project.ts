import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { NOTHING_IGNORED, parseIgnoreFile } from "../../build/context/ignore.ts";
import { runHook } from "../../compose/apply/hooks.ts";
import type { Loaded } from "../../compose/load.ts";
import { imageOf } from "../../compose/plan/names.ts";
import { type UpOptions, upProject } from "../../compose/up.ts";
import { batchOf, type PreparedRule, watchRules } from "../../compose/watch/rules.ts";
import { runningReplicas, syncPath } from "../../compose/watch/sync.ts";
import { lookUpImage } from "../../engine/find-image.ts";
import { removeImage } from "../../engine/remove-image.ts";
import { restartContainer } from "../../engine/restart.ts";
import { watchTree } from "../../host/watch-tree.ts";
import { describeError, EstibaError, isEstibaError } from "../../lib/error.ts";
import { imageNames } from "../../state/images.ts";
import type { Session } from "./session.ts";

/** What `watch` is given. */
export type Watching = {
  readonly session: Session;
  readonly loaded: Loaded;
  /** How services are made again. */
  readonly options: UpOptions;
  readonly quiet: boolean;
  /** Remove the images that rebuilt ones take the place of. */
  readonly prune: boolean;
  readonly signal: AbortSignal;
};

const QUIET_MS = 500;

/**
 * Watches the files that services name, and renews, syncs or restarts these until the signal. Throws `invalid` where none names any, and
 * `unavailable` when there is no engine any more whose containers could be renewed.
 */
export async function watchProject(watching: Watching): Promise<void> {
  using engineGone = whenRemoved(watching.session.cli.engine().paths.store);
  const signal = AbortSignal.any([watching.signal, engineGone.signal]);
  await watchUntil({ ...watching, signal });
  if (!watching.signal.aborted && engineGone.signal.aborted) throw engineGone.signal.reason as EstibaError;
}

const LOOK_MS = 2_000;

/** A signal that is aborted when a file is there no more. */
function whenRemoved(path: string): Disposable & { readonly signal: AbortSignal } {
  const gone = new AbortController();
  const timer = setInterval(() => {
    if (!existsSync(path)) gone.abort(engineRemoved(path));
  }, LOOK_MS);
  return { signal: gone.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

async function watchUntil(watching: Watching): Promise<void> {
  const { session, loaded, signal } = watching;
  const rules = withoutBinds(watching, watchRules(loaded.project, contextIgnore));
  if (rules.length === 0) throw nothingToWatch();
  const say = sayer(watching);
  using tree = watchTree(
    [...new Set(rules.map(({ rule }) => rule.path))],
    (path) => !rules.some((one) => relative(one.rule.path, path) === "" || one.covers(path) || isAbove(path, one)),
  );
  for (const { service, rule } of rules) {
    if (rule.initial_sync !== true || !rule.action.startsWith("sync")) continue;
    await syncPath(
      session.cli.engine(),
      loaded.project.name,
      { service, path: rule.path, target: rule.target ?? "/" },
      signal,
    );
  }
  say("Watch enabled");
  for (
    let changed = await tree.next(QUIET_MS, signal);
    changed !== undefined;
    changed = await tree.next(QUIET_MS, signal)
  ) {
    try {
      await renew(watching, rules, changed);
    } catch (error) {
      // A build that fails while one types is nothing to give up for.
      if (!isEstibaError(error) || signal.aborted) throw error;
      session.cli.err(`WARN: ${describeError(error)}\n`);
    }
  }
}

function sayer({ session, quiet }: Watching): (text: string) => void {
  return (text) => {
    if (!quiet) session.cli.out(` ⦿ ${text}\n`);
  };
}

// With patterns of what is included, folders on the way to them have to be watched, too.
function isAbove(path: string, { rule }: PreparedRule): boolean {
  return (rule.include ?? []).length > 0 && !relative(rule.path, path).startsWith("..");
}

async function renew(watching: Watching, rules: readonly PreparedRule[], changed: ReadonlySet<string>): Promise<void> {
  const { session, loaded, options, signal } = watching;
  const engine = session.cli.engine();
  const say = sayer(watching);
  const project = loaded.project.name;
  const batch = batchOf(rules, changed);
  if (batch.rebuild.length > 0) {
    say(`Rebuilding service(s) ${JSON.stringify(batch.rebuild)} after changes were detected...`);
    const only = { ...loaded, project: { ...loaded.project, services: pickServices(loaded, batch.rebuild) } };
    const request: UpOptions = { ...options, targets: batch.rebuild, build: "always", orphans: "ignore" };
    const replaced = imageIdsOf(watching, batch.rebuild);
    await session.show("up", upProject(engine, only, request, signal));
    if (watching.prune) await removeReplaced(session, replaced);
    say(`service(s) ${JSON.stringify(batch.rebuild)} successfully built`);
  }
  for (const [service, files] of Map.groupBy(batch.sync, (one) => one.service)) {
    say(`Syncing service "${service}" after ${files.length} changes were detected`);
    for (const file of files) await syncPath(engine, project, file, signal);
  }
  for (const service of batch.restart) {
    say(`Restarting service "${service}"`);
    for (const id of runningReplicas(engine, project, service)) await restartContainer(engine, id, {});
  }
  for (const { service, rule } of batch.exec) {
    if (rule.exec === undefined) continue;
    for (const id of runningReplicas(engine, project, service)) {
      const output = await runHook(engine, id, rule.exec, { name: service, signal });
      if (output !== "") session.cli.out(output);
    }
  }
}

function imageIdsOf({ session, loaded, options }: Watching, services: readonly string[]): string[] {
  return services.flatMap((name) => {
    const service = loaded.project.services[name];
    const image = service === undefined ? undefined : imageOf(options.naming, name, service);
    return image === undefined ? [] : (lookUpImage(session.cli.engine(), image)?.image.id ?? []);
  });
}

/** Removes those of the images that have no name any more and that nobody uses. */
async function removeReplaced({ cli }: Session, ids: readonly string[]): Promise<void> {
  const engine = cli.engine();
  for (const id of ids) {
    if (imageNames(engine.store, id).length > 0) continue;
    try {
      await removeImage(engine, id, { force: false });
    } catch (error) {
      // Somebody uses it, or has removed it.
      if (!isEstibaError(error, "not_found", "in_use", "conflict")) throw error;
    }
  }
}

function pickServices({ project }: Loaded, names: readonly string[]): Loaded["project"]["services"] {
  return Object.fromEntries(Object.entries(project.services).filter(([name]) => names.includes(name)));
}

function contextIgnore(context: string) {
  const path = join(context, ".dockerignore");
  return existsSync(path) ? parseIgnoreFile(readFileSync(path, "utf8"), path) : NOTHING_IGNORED;
}

// What is bound into the container is there already.
function withoutBinds({ session, loaded }: Watching, rules: readonly PreparedRule[]): PreparedRule[] {
  return rules.filter(({ service, rule }) => {
    const binds = (loaded.project.services[service]?.volumes ?? []).flatMap(({ type, source }) =>
      type === "bind" ? (source ?? []) : [],
    );
    const bound =
      rule.action.startsWith("sync") && binds.some((source) => !relative(source, rule.path).startsWith(".."));
    if (bound)
      session.cli.err(
        `WARN: path '${rule.path}' also declared by a bind mount volume, this path won't be monitored!\n`,
      );
    return !bound;
  });
}

function engineRemoved(path: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "compose.engine_removed",
    what: `the containers are gone with the engine that had them: ${path} was removed`,
    fix: "bring the project up again: estiba compose up",
  });
}

function nothingToWatch(): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.nothing_to_watch",
    what: "none of the selected services is configured for watch, see https://docs.docker.com/compose/how-tos/file-watch/",
    fix: "give a service develop.watch rules",
  });
}
