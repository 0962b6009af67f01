import { filters, json, nothing, type Operations } from "../../openapi/operation.ts";
import { flag, list, object, type Schema, text, textMap, time, titled } from "../../openapi/schema.ts";

const secret: Schema = titled(
  "LibpodSecret",
  object({
    ID: text,
    CreatedAt: time,
    UpdatedAt: time,
    Spec: object({ Name: text, Driver: object({ Name: text, Options: textMap }), Labels: textMap }),
    "SecretData?": text,
  }),
);

/** Secrets, for Podman's clients. */
export const SECRET_OPERATIONS: Operations = {
  "GET /libpod/secrets/json": {
    summary: "Secrets, without what they hold",
    query: { filters: filters("id", "name") },
    answers: { 200: json(list(secret)) },
  },
  "POST /libpod/secrets/create": {
    summary: "Keep the body as a secret",
    query: {
      name: text,
      driver: text,
      driveropts: { json: textMap },
      labels: { json: textMap },
      replace: flag,
      ignore: flag,
    },
    body: { bytes: "application/octet-stream" },
    answers: { 200: json(titled("LibpodSecretCreateResponse", object({ ID: text }))) },
    errors: [409],
  },
  "GET /libpod/secrets/{name}/json": {
    summary: "All about a secret; with showsecret what it holds",
    query: { showsecret: flag },
    answers: { 200: json(secret) },
    errors: [404],
  },
  "GET /libpod/secrets/{name}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "DELETE /libpod/secrets/{name}": { summary: "Remove it", answers: { 204: nothing }, errors: [404] },
};
