import type { ServiceSummary } from "../../../cluster/door/wire.ts";
import type { Service } from "../../../cluster/model/service.ts";
import { serviceDocument } from "../../../cluster/views/service-document.ts";
import { matchesLabel } from "../../../engine/label-filter.ts";
import { badRequest } from "../../http/api-error.ts";
import { type Call, ok, type Reply } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { registryAuth } from "../image/registry-auth.ts";
import { askManager, named, versionOf } from "./ask.ts";
import { filterOf, type Tests } from "./filter.ts";
import { serviceSpecOf } from "./service-spec.ts";

const TESTS: Tests<ServiceSummary> = {
  id: ({ service }, value) => service.id.startsWith(value),
  name: ({ service }, value) => service.spec.name.startsWith(value),
  mode: ({ service }, value) => service.spec.mode.kind === value,
  label: ({ service }, value) => matchesLabel(service.spec.labels, value),
  runtime: (_, value) => value === "container",
};

/** The keys of `filters` of `/services`. */
export const SERVICE_FILTERS: readonly string[] = Object.keys(TESTS);

/** `GET /services` */
export async function listServices(call: Call): Promise<Reply> {
  const matches = filterOf(call.query.filters(), TESTS);
  const ask = await askManager(call);
  const services = await ask<ServiceSummary[]>("GET", "/services");
  const withStatus = call.query.flag("status");
  return ok(
    services.filter(matches).map((summary) => ({
      ...serviceDocument(summary),
      ...(withStatus ? { ServiceStatus: statusOf(summary) } : {}),
    })),
  );
}

// Of a job on all nodes clients add what is still to be done to what is.
function statusOf({ service, running, desired, completed }: ServiceSummary): Record<string, number> {
  const left = service.spec.mode.kind === "global-job" ? Math.max(0, desired - completed) : desired;
  return { RunningTasks: running, DesiredTasks: left, CompletedTasks: completed };
}

/** `GET /services/{id}` */
export async function inspect(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  return ok(serviceDocument(await ask<ServiceSummary>("GET", `/services/${named(call)}`)));
}

/** `POST /services/create` */
export async function create(call: Call): Promise<Reply> {
  const body = new Fields(await call.json());
  const ask = await askManager(call);
  const spec = await serviceSpecOf(call, ask, body);
  const { id } = await ask<Service>("POST", "/services", { spec });
  return { status: 201, json: { ID: id, Warnings: warnings(call) } };
}

/** `POST /services/{id}/update`: the body is the whole spec; `rollback=previous` takes the one before instead. */
export async function update(call: Call): Promise<Reply> {
  const version = versionOf(call, "service");
  const rollback = call.query.text("rollback");
  if (rollback !== undefined && rollback !== "previous") throw badRequest(`unrecognized rollback option ${rollback}`);
  const body = new Fields(await call.json());
  const ask = await askManager(call);
  const path = `/services/${named(call)}`;
  if (rollback === "previous") await ask("POST", `${path}/rollback`, { version });
  else {
    const before = await ask<ServiceSummary>("GET", path);
    await ask("PUT", path, { spec: await serviceSpecOf(call, ask, body, before), version });
  }
  return ok({ Warnings: warnings(call) });
}

/** `DELETE /services/{id}` */
export async function remove(call: Call): Promise<Reply> {
  const ask = await askManager(call);
  await ask("DELETE", `/services/${named(call)}`);
  return { status: 200 };
}

// A login is a secret of whoever asks: nodes have logins of their own.
function warnings(call: Call): string[] {
  return registryAuth(call) === undefined
    ? []
    : ["the registry login is not handed to nodes: they use their own (estiba login)"];
}
