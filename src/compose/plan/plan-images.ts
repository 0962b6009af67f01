import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { linked } from "./linked.ts";
import { imageOf, type Naming } from "./names.ts";
import type { ObservedState } from "./observed.ts";
import type { Step } from "./step.ts";

/** How the images of a project are to come. */
export type ImageRequest = {
  readonly naming: Naming;
  /** `--pull`; undefined as each service says. */
  readonly pull: string | undefined;
  /** `--build`, `--no-build`, or where it is missing. */
  readonly build: "always" | "never" | "missing";
  /** Milliseconds since the epoch, for policies such as `daily`. */
  readonly now: number;
  /** When an image got here; undefined where that is not known. */
  readonly arrivedAt: (reference: string) => number | undefined;
};

/** What has to be pulled and built before containers can be planned: each image once. Pure. */
export function planImages(project: Project, observed: ObservedState, request: ImageRequest): Step[] {
  const steps = new Map<string, Step>();
  // Those that build come first: an image that two services share is built, not pulled, where one of them can.
  const services = Object.entries(project.services).toSorted(
    ([, a], [, b]) => Number(b.build !== undefined) - Number(a.build !== undefined),
  );
  for (const [name, service] of services) {
    if (service.provider !== undefined) continue;
    const image = imageOf(request.naming, name, service);
    const step = steps.has(image) ? undefined : stepFor(name, { service, image, observed, request });
    if (step !== undefined) steps.set(image, step);
  }
  for (const step of mountedImages(project, observed, request))
    if (!steps.has(step.id.slice(6))) steps.set(step.id.slice(6), step);
  const byService = new Map(
    [...steps.values()].flatMap((step) => ("service" in step.action ? [[step.action.service, step.id]] : [])),
  );
  return linked(
    [...steps.values()].map((step) => {
      const { action } = step;
      if (action.kind !== "build") return step;
      const after = bases(project, project.services[action.service] as Service, request).flatMap(
        (other) => byService.get(other) ?? [],
      );
      return { ...step, after };
    }),
  );
}

type Known = {
  readonly service: Service;
  readonly image: string;
  readonly observed: ObservedState;
  readonly request: ImageRequest;
};

function stepFor(name: string, { service, image, observed, request }: Known): Step | undefined {
  const build: Step = { id: `image:${image}`, after: [], action: { kind: "build", image, service: name } };
  const policy = request.pull ?? service.pull_policy;
  const here = observed.imageId(image) !== undefined;
  const builds = service.build !== undefined && request.build !== "never";
  if (builds && (request.build === "always" || policy === "build")) return build;
  if (here && !isStale(policy, image, request)) return undefined;
  if (service.image === undefined || policy === "never") return builds && !here ? build : undefined;
  const otherwise = builds ? "build" : here && policy !== "always" ? "ignore" : "fail";
  return { id: `image:${image}`, after: [], action: { kind: "pull", image, service: name, otherwise } };
}

const DAY_MS = 86_400_000;

/** Whether an image that is here has to be asked for again. */
function isStale(policy: string | undefined, image: string, { now, arrivedAt }: ImageRequest): boolean {
  if (policy === "always") return true;
  const age = policy === "daily" ? DAY_MS : policy === "weekly" ? 7 * DAY_MS : every(policy);
  const arrived = arrivedAt(image);
  return age !== undefined && arrived !== undefined && now - arrived > age;
}

const UNITS: Readonly<Record<string, number>> = { w: 7 * DAY_MS, d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000 };

/** `every_12h`: weeks, days, hours, minutes, seconds. */
function every(policy: string | undefined): number | undefined {
  const [, text] = /^every_((?:\d+[wdhms])+)$/.exec(policy ?? "") ?? [];
  if (text === undefined) return undefined;
  return [...text.matchAll(/(\d+)([wdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

/** The services whose images a build takes files from, or is based on. */
function bases(project: Project, { build, depends_on = {} }: Service, { naming }: ImageRequest): string[] {
  const contexts = Object.values(build?.additional_contexts ?? {}).flatMap((context) =>
    context.startsWith("service:") ? [context.slice("service:".length)] : [],
  );
  // A FROM may name the image of a service that it depends on, or of any: those with an image of their own are built first.
  const named = Object.entries(project.services).flatMap(([name, other]) =>
    other.build !== undefined &&
    build !== undefined &&
    build.dockerfile_inline?.includes(imageOf(naming, name, other)) === true
      ? [name]
      : [],
  );
  return [...contexts, ...named, ...Object.keys(depends_on)];
}

/** Images that are mounted, and that no service of the project makes. */
function mountedImages(project: Project, observed: ObservedState, { naming }: ImageRequest): Step[] {
  const made = new Set(Object.entries(project.services).map(([name, service]) => imageOf(naming, name, service)));
  return Object.entries(project.services).flatMap(([service, { volumes = [], pre_start = [] }]) => {
    const mounts = volumes.flatMap(({ type, source }) => (type === "image" && source !== undefined ? [source] : []));
    const hooks = pre_start.flatMap(({ image }) => image ?? []);
    return [...mounts, ...hooks].flatMap((image): Step[] => {
      const known = made.has(image) || Object.hasOwn(project.services, image) || observed.imageId(image) !== undefined;
      return known
        ? []
        : [{ id: `image:${image}`, after: [], action: { kind: "pull", image, service, otherwise: "fail" } }];
    });
  });
}
