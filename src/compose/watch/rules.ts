import { relative } from "node:path";
import { type IgnoreRules, ignoreRoot, ignoreRules, ignoreState } from "../../build/context/ignore.ts";
import type { Project } from "../project.ts";
import type { WatchRule } from "../service.ts";

/** A rule of a service's `develop.watch`, ready to be asked. */
export type PreparedRule = {
  readonly service: string;
  readonly rule: WatchRule;
  /** Says of an absolute path whether the rule is about it. */
  readonly covers: (path: string) => boolean;
};

/** What has to be done after files have changed. */
export type Batch = {
  readonly rebuild: readonly string[];
  readonly sync: readonly { readonly service: string; readonly path: string; readonly target: string }[];
  readonly restart: readonly string[];
  readonly exec: readonly PreparedRule[];
};

/** What editors and version control leave for themselves. */
const NEVER = [
  "**/.git",
  "**/*~",
  "**/*.sw?",
  "**/.#*",
  "**/#*#",
  "**/4913",
  "**/.idea",
  "**/.vscode",
  "**/___jb_*",
  "**/.DS_Store",
];

/** The rules of a project's services. `ignoreFile` gives the rules of a build context's ignore file. */
export function watchRules(project: Project, ignoreFile: (context: string) => IgnoreRules): PreparedRule[] {
  const usual = ignoreRules(NEVER, "watch");
  return Object.entries(project.services).flatMap(([service, { develop, build }]) =>
    (develop?.watch ?? []).map((rule): PreparedRule => {
      const own = ignoreRules(rule.ignore ?? [], `services.${service}.develop.watch`);
      const only = ignoreRules(rule.include ?? [], `services.${service}.develop.watch`);
      const context = build?.context;
      const contextRules = context === undefined ? undefined : ignoreFile(context);
      return {
        service,
        rule,
        covers: (path) => {
          const below = relative(rule.path, path);
          if (below.startsWith("..")) return false;
          if (matches(usual, below) || matches(own, below)) return false;
          if (contextRules !== undefined && context !== undefined && matches(contextRules, relative(context, path)))
            return false;
          return only.rules.length === 0 || matches(only, below);
        },
      };
    }),
  );
}

/** Whether ignore rules match a relative path, or a folder above it. */
function matches(rules: IgnoreRules, path: string): boolean {
  if (path === "" || path.startsWith("..")) return false;
  const words = path.split("/");
  let state = ignoreRoot(rules);
  for (const index of words.keys()) state = ignoreState(rules, words.slice(0, index + 1).join("/"), state);
  return state.excluded;
}

/** Changed paths by what the rules say of them: of a service that is rebuilt nothing else need be done. Pure. */
export function batchOf(rules: readonly PreparedRule[], changed: Iterable<string>): Batch {
  const hits = [...changed].flatMap((path) =>
    rules.filter(({ covers }) => covers(path)).map((found) => ({ ...found, path })),
  );
  const services = (...actions: WatchRule["action"][]): string[] => [
    ...new Set(hits.filter(({ rule }) => actions.includes(rule.action)).map(({ service }) => service)),
  ];
  const rebuild = services("rebuild");
  const others = hits.filter(({ service }) => !rebuild.includes(service));
  const synced = others.filter(({ rule }) => rule.action.startsWith("sync"));
  return {
    rebuild,
    sync: synced.map(({ service, rule, path }) => ({ service, path, target: targetOf(rule, path) })),
    restart: services("restart", "sync+restart").filter((service) => !rebuild.includes(service)),
    exec: rules.filter((one) =>
      others.some(({ service, rule }) => service === one.service && rule === one.rule && rule.action === "sync+exec"),
    ),
  };
}

/** Where a file goes in the container. */
function targetOf({ path: root, target = "/" }: WatchRule, path: string): string {
  const below = relative(root, path);
  return below === "" ? target : `${target.replace(/\/$/, "")}/${below}`;
}
