/** Whether options of `pod create` ask for an infra container: where nothing is shared there is nothing to hold, unless it is asked for. */
export function wantsInfra({ infra, share }: { readonly infra?: unknown; readonly share?: unknown }): boolean {
  return infra === "true" || (infra !== "false" && share !== "none" && share !== "");
}
