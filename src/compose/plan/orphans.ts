import type { ObservedContainer } from "./observed.ts";

/** Containers of the project whose service is not in the files any more, and one-offs that have ended. */
export function orphansOf(containers: readonly ObservedContainer[], known: readonly string[]): ObservedContainer[] {
  return containers.filter(({ service, oneOff, helper, status }) =>
    oneOff || helper ? status === "exited" : !known.includes(service),
  );
}

/** Docker compose's words. One-offs are not worth a warning. */
export function orphanWarning(orphans: readonly ObservedContainer[]): string {
  const names = orphans.map(({ name }) => name).join(" ");
  return `Found orphan containers ([${names}]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.`;
}
