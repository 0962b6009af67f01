import { STATUS_CODES } from "node:http";
import type { Answer, JsonParameter, Operation, Operations } from "./operation.ts";
import { integer, object, type Schema, text, titled } from "./schema.ts";

/** What a description is made of. */
export type Described = {
  /** Of Estiba. */
  readonly version: string;
  /** The newest version of the API. */
  readonly apiVersion: string;
  /** `METHOD /path/{name}` of every route that is served. */
  readonly routes: readonly string[];
  readonly operations: Operations;
};

/** `estiba` is what another Estiba makes the same error of again. */
const ERROR: Schema = titled(
  "ErrorResponse",
  object({ message: text, "estiba?": object({ code: text, reason: text, "fix?": text }) }),
);
/** The same to Podman's clients. */
const LIBPOD_ERROR: Schema = titled("LibpodErrorResponse", object({ cause: text, message: text, response: integer }));
const PREFIX = "#/components/schemas/";

/** The description of the API in OpenAPI's form (3.1). A route without an operation is told by its path alone. Pure. */
export function openApiDocument({ version, apiVersion, routes, operations }: Described): Record<string, unknown> {
  const components: Record<string, Schema> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    const plain = path.replaceAll("*}", "}");
    paths[plain] ??= {};
    paths[plain][method.toLowerCase()] = hoisted(operationOf(route, operations[route]), components);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Estiba",
      version,
      description: `Docker's Engine API ${apiVersion} and, below /libpod, Podman's, as Estiba answers them. Every path is there with /v1.N before it as well, Podman's with /v4.N.N and /v5.N.N.`,
    },
    servers: [{ url: `/v${apiVersion}` }, { url: "/" }],
    paths,
    components: { schemas: components },
  };
}

function operationOf(route: string, operation: Operation | undefined): Record<string, unknown> {
  const [, path = ""] = route.split(" ");
  const inPath = [...path.matchAll(/\{(\w+)(\*?)\}/g)].map(([, name, star]) => ({
    name,
    in: "path",
    required: true,
    schema: text,
    ...(star === "*" ? { description: "It may have slashes in it." } : {}),
  }));
  if (operation === undefined)
    return {
      ...(inPath.length === 0 ? {} : { parameters: inPath }),
      responses: { default: { description: "Not described yet." } },
    };
  const { summary, query = {}, headers = {}, body, answers, errors = [] } = operation;
  // JSON has a limit; archives have none.
  const tooMuch = body === undefined || "bytes" in body ? [] : [413];
  const error = path.startsWith("/libpod/") ? LIBPOD_ERROR : ERROR;
  // Any request may be one too many for the disk, or for what else there is an end of.
  const statuses = [400, 507, ...tooMuch, ...errors].filter((status) => answers[status] === undefined);
  const parameters = [
    ...inPath,
    ...Object.entries(query).map(([name, value]) => ({ name, in: "query", ...valueOf(value) })),
    ...Object.entries(headers).map(([name, description]) => ({ name, in: "header", description, schema: text })),
  ];
  return {
    summary,
    operationId: operationId(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, success(Number(status), answer)]),
      ),
      ...Object.fromEntries(statuses.map((status) => [status, failure(status, error)])),
    },
  };
}

/** `GET /containers/{id}/json` as `get-containers-id-json`. */
function operationId(route: string): string {
  return route
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "");
}

function valueOf(value: Schema | JsonParameter): Record<string, unknown> {
  if (isJson(value)) return { content: { "application/json": { schema: value.json } } };
  return { schema: value };
}

function isJson(value: Schema | JsonParameter): value is JsonParameter {
  return "json" in value;
}

function contentOf(body: NonNullable<Operation["body"]>): Record<string, unknown> {
  if ("bytes" in body) return { [String(body["bytes"])]: {} };
  return { "application/json": { schema: body } };
}

function success(status: number, answer: Answer): Record<string, unknown> {
  const description = STATUS_CODES[status] ?? "";
  switch (answer.kind) {
    case "nothing":
      return { description };
    case "json":
      return { description, content: { "application/json": { schema: answer.schema } } };
    case "lines":
      return {
        description: `${description}: objects, one after another`,
        content: { "application/json": { schema: answer.schema, "x-lines": true } },
      };
    case "bytes":
      return { description, content: { [answer.type]: {} } };
    case "stream":
      return {
        description: `${description}: from here on a stream in both directions`,
        content: {
          "application/vnd.docker.raw-stream": {},
          "application/vnd.docker.multiplexed-stream": {},
        },
      };
  }
}

function failure(status: number, schema: Schema): Record<string, unknown> {
  return { description: STATUS_CODES[status] ?? "", content: { "application/json": { schema } } };
}

/** The same with every schema that has a title moved to the components. */
function hoisted(value: unknown, components: Record<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((entry) => hoisted(entry, components));
  if (typeof value !== "object" || value === null) return value;
  const whole = Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, hoisted(entry, components)]));
  const { title, ...schema } = whole;
  if (typeof title !== "string") return whole;
  components[title] = schema;
  return { $ref: `${PREFIX}${title}` };
}
