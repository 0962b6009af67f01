import { join } from "node:path";
import type { PodSecurityContext, SeccompProfile, SecurityContext } from "kubernetes-types/core/v1";
import { parseCapability } from "../../oci/capability.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import { type PlanContext, parsed, reject } from "./context.ts";

/** Whom a container runs as, and with which rights. */
export type SecurityPlan = {
  readonly user: string | undefined;
  /** The group, where only that is said: the user is the image's. */
  readonly group: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly groupAdd: readonly string[];
  readonly nonRoot: boolean;
  readonly security: SecuritySpec;
};

/** The container's own context over that of its pod. */
export function securityOf(
  context: PlanContext,
  pod: PodSecurityContext = {},
  own: SecurityContext = {},
): SecurityPlan {
  const { runAsUser = pod.runAsUser, runAsGroup = pod.runAsGroup, runAsNonRoot = pod.runAsNonRoot ?? false } = own;
  if (runAsNonRoot && runAsUser === 0)
    reject(
      context,
      [own.runAsUser === undefined ? pod : own, "runAsUser"],
      "runAsUser is root, and runAsNonRoot forbids it",
    );
  const groups = [...(pod.supplementalGroups ?? []), ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])];
  return {
    // A user without a group has the image's for a name, and root's for a number, as in a cluster.
    user: runAsUser === undefined ? undefined : `${runAsUser}${runAsGroup === undefined ? "" : `:${runAsGroup}`}`,
    group: runAsUser === undefined ? runAsGroup : undefined,
    owner: { uid: 0, gid: pod.fsGroup ?? 0 },
    groupAdd: [...new Set(groups.map(String))],
    nonRoot: runAsNonRoot,
    security: rightsOf(context, pod, own),
  };
}

function rightsOf(context: PlanContext, pod: PodSecurityContext, own: SecurityContext): SecuritySpec {
  const { privileged = false, capabilities = {} } = own;
  if (privileged && own.allowPrivilegeEscalation === false)
    reject(
      context,
      [own, "allowPrivilegeEscalation"],
      "a privileged container cannot be kept from gaining rights",
      "take one out",
    );
  const apparmor = apparmorOf(own.appArmorProfile ?? pod.appArmorProfile);
  return {
    privileged,
    capAdd: capabilitiesOf(context, capabilities.add),
    capDrop: capabilitiesOf(context, capabilities.drop),
    readOnlyRoot: own.readOnlyRootFilesystem === true,
    readOnlyTmpfs: false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    seccomp: seccompOf(context, own.seccompProfile ?? pod.seccompProfile),
    ...(apparmor === undefined ? {} : { apparmor }),
    mask: [],
    unmask: own.procMount === "Unmasked" ? ["ALL"] : [],
  };
}

// ALL, or a name with or without CAP_, in any case of letters: as `inspect` shows it.
function capabilitiesOf(context: PlanContext, names: string[] = []): string[] {
  return names.flatMap((name, index) => {
    if (name.toUpperCase() === "ALL") return ["ALL"];
    return parsed(context, [names, String(index)], () => parseCapability(name)) ?? [];
  });
}

function seccompOf(context: PlanContext, profile: SeccompProfile | undefined): string {
  if (profile === undefined || profile.type === "RuntimeDefault") return "default";
  if (profile.type === "Unconfined") return "unconfined";
  if (profile.localhostProfile === undefined || /(^\/|(^|\/)\.\.(\/|$))/.test(profile.localhostProfile)) {
    reject(context, [profile, "localhostProfile"], "the type Localhost needs a relative localhostProfile without ..");
    return "default";
  }
  return join(context.facts.seccompRoot, profile.localhostProfile);
}

function apparmorOf(profile: PodSecurityContext["appArmorProfile"]): string | undefined {
  if (profile === undefined || profile.type === "RuntimeDefault") return undefined;
  return profile.type === "Unconfined" ? "unconfined" : profile.localhostProfile;
}
