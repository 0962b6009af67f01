import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { renderTemplate } from "../../lib/go-template/render.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";

/** What templates in a service's spec can say of the task that is made from it; Swarm's names. */
export type TaskFacts = {
  readonly Service: { readonly ID: string; readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
  readonly Node: {
    readonly ID: string;
    readonly Hostname: string;
    readonly Platform: { readonly Architecture: string; readonly OS: string };
  };
  /** `Slot`: of a global service the node's id. */
  readonly Task: { readonly ID: string; readonly Name: string; readonly Slot: string };
};

const SHAPES = { Labels: "map" } as const;

/** Whether a service's host name, environment or mounts differ from task to task. */
export function hasTemplates(container: ContainerSpec): boolean {
  return textsOf(container).some(isTemplate);
}

/** The container of one task: its host name, environment and mounts, with what their templates give. Throws `invalid`. */
export function expandTemplates(container: ContainerSpec, facts: TaskFacts): ContainerSpec {
  if (!hasTemplates(container)) return container;
  const expand = (text: string): string => (isTemplate(text) ? rendered(text, facts) : text);
  const { hostname } = container;
  return {
    ...container,
    env: container.env.map(expand),
    mounts: container.mounts.map((mount): MountSpec => {
      const source = sourceOf(mount);
      return { ...mount, target: expand(mount.target), ...(source === undefined ? {} : { source: expand(source) }) };
    }),
    ...(hostname === undefined ? {} : { hostname: expand(hostname) }),
  };
}

/** Throws `invalid` for templates that no task can have. */
export function requireTemplates(container: ContainerSpec, { name, labels }: { name: string; labels: object }): void {
  expandTemplates(container, {
    Service: { ID: "id", Name: name, Labels: { ...labels } },
    Node: { ID: "id", Hostname: "host", Platform: { Architecture: "amd64", OS: "linux" } },
    Task: { ID: "id", Name: `${name}.1.id`, Slot: "1" },
  });
}

function textsOf({ hostname = "", env, mounts }: ContainerSpec): string[] {
  return [hostname, ...env, ...mounts.flatMap((mount) => [mount.target, sourceOf(mount) ?? ""])];
}

function sourceOf(mount: MountSpec): string | undefined {
  return mount.type === "bind" || mount.type === "volume" ? mount.source : undefined;
}

function isTemplate(text: string): boolean {
  return text.includes("{{");
}

function rendered(text: string, facts: TaskFacts): string {
  try {
    return renderTemplate(text, facts, { name: "expansion", shapes: SHAPES });
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    throw new EstibaError("invalid", {
      reason: "service.bad_template",
      what: `cannot expand "${text}"`,
      cause: error,
      fix: "templates know .Service.ID, .Name and .Labels, .Node.ID, .Hostname and .Platform, .Task.ID, .Name and .Slot",
    });
  }
}
