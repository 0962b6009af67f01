import type { ContainerSpec } from "../../state/container.ts";
import type { RestartPolicy } from "../../state/spec/restart.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

/** When a service's container is started again by itself; `deploy.restart_policy` counts before `restart`. */
export function restartPart(context: SpecContext): Pick<ContainerSpec, "restart"> {
  const restart = policyOf(context);
  return restart === undefined || restart.name === "no" ? {} : { restart };
}

function policyOf(context: SpecContext): RestartPolicy | undefined {
  const { restart, deploy } = context.service;
  const deployed = deploy?.restart_policy;
  if (deployed !== undefined) {
    const { condition = "any", max_attempts: most } = deployed;
    if (condition === "none") return { name: "no" };
    if (condition === "any") return { name: "always" };
    if (condition === "on-failure") return onFailure(most);
    throw refuseAttribute(context, {
      path: ["deploy", "restart_policy", "condition"],
      why: `"${condition}" is none of none, on-failure, any`,
    });
  }
  if (restart === undefined || restart === "") return undefined;
  const [, name, , count] = /^(no|always|on-failure|unless-stopped)(:(\d+))?$/.exec(restart) ?? [];
  if (name === undefined || (count !== undefined && name !== "on-failure")) {
    throw refuseAttribute(context, {
      path: ["restart"],
      why: `"${restart}" is no restart policy`,
      fix: "write no, always, unless-stopped or on-failure[:MAX]",
    });
  }
  return name === "on-failure"
    ? onFailure(count === undefined ? undefined : Number(count))
    : { name: name as "no" | "always" | "unless-stopped" };
}

function onFailure(most: number | undefined): RestartPolicy {
  return most === undefined || most === 0 ? { name: "on-failure" } : { name: "on-failure", maxRetries: most };
}
