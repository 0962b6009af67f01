import type { NodeSelectorRequirement, PodSpec } from "kubernetes-types/core/v1";
import { filled } from "../../../kube/generate/context.ts";
import type { Placement } from "../../model/service.ts";
import { type ConstraintParts, constraintParts } from "../../schedule/constraint.ts";

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const HOSTNAME = "kubernetes.io/hostname";

const KEYS: Readonly<Record<string, string>> = {
  "node.hostname": HOSTNAME,
  "node.platform.os": "kubernetes.io/os",
  "node.platform.arch": "kubernetes.io/arch",
};

const OPERATORS: Readonly<Record<ConstraintParts["operator"], string | undefined>> = {
  "==": "In",
  in: "In",
  "!=": "NotIn",
  "not in": "NotIn",
  exists: "Exists",
  missing: "DoesNotExist",
  "=~": undefined,
  "!~": undefined,
};

type Placed = {
  readonly labels: Readonly<Record<string, string>>;
  readonly warn: (text: string) => void;
};

/** Where the pods of a service may be, as far as Kubernetes knows of it. */
export function placementOf(
  { constraints, spread, maxPerNode }: Placement,
  { labels, warn }: Placed,
): Partial<PodSpec> {
  const wanted = constraints.flatMap((text) => {
    const requirement = requirementOf(constraintParts(text));
    if (requirement === undefined) warn(`Kubernetes cannot say the constraint ${text}`);
    return requirement ?? [];
  });
  if (maxPerNode > 1) warn(`Kubernetes has no limit of ${maxPerNode} pods of a kind on a node`);
  const labelSelector = { matchLabels: { ...labels } };
  const apart = [{ labelSelector, topologyKey: HOSTNAME }];
  const spreading = spread.map((label) => ({
    labelSelector,
    maxSkew: 1,
    topologyKey: keyOf(label) ?? label,
    whenUnsatisfiable: "ScheduleAnyway",
  }));
  const onManagers = wanted.some(({ key, operator }) => key === CONTROL_PLANE && operator === "Exists");
  return filled<Partial<PodSpec>>({
    affinity: filled({
      nodeAffinity:
        wanted.length === 0
          ? undefined
          : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: wanted }] } },
      podAntiAffinity: maxPerNode === 1 ? { requiredDuringSchedulingIgnoredDuringExecution: apart } : undefined,
    }),
    tolerations: onManagers ? [{ key: CONTROL_PLANE, operator: "Exists", effect: "NoSchedule" }] : [],
    topologySpreadConstraints: spreading,
  });
}

function requirementOf({ key, operator, values }: ConstraintParts): NodeSelectorRequirement | undefined {
  if (key === "node.role") {
    const [role = ""] = values;
    if (operator !== "==" && operator !== "!=") return undefined;
    const isManager = (role.toLowerCase() === "manager") === (operator === "==");
    return { key: CONTROL_PLANE, operator: isManager ? "Exists" : "DoesNotExist" };
  }
  const label = keyOf(key);
  const word = OPERATORS[operator];
  if (label === undefined || word === undefined) return undefined;
  return filled({ key: label, operator: word, values: [...values] });
}

/** The label by which Kubernetes knows what a constraint speaks of. */
function keyOf(key: string): string | undefined {
  return /^node\.labels\.(.+)$/.exec(key)?.[1] ?? KEYS[key];
}
