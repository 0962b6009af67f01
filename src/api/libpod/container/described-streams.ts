import { EXEC } from "../../docker/container/described-exec.ts";
import { changesOf } from "../../docker/container/described-inspect.ts";
import { ARCHIVE, ATTACH, EXPORT, LOGS, RESIZE } from "../../docker/container/described-streams.ts";
import { json, type Operations } from "../../openapi/operation.ts";
import { flag, object, request, text, textMap } from "../../openapi/schema.ts";

/** What goes in and out of containers, and what is executed in them, for Podman's clients. */
export const STREAM_OPERATIONS: Operations = {
  "POST /libpod/containers/{name}/attach": ATTACH,
  "POST /libpod/containers/{name}/resize": RESIZE,
  "GET /libpod/containers/{name}/logs": { ...LOGS, summary: "What it has written, always in frames" },
  "GET /libpod/containers/{name}/changes": {
    summary: "What differs: 0 changed, 1 added, 2 deleted",
    query: { parent: text, diffType: text },
    answers: { 200: json(changesOf) },
    errors: [404],
  },
  "GET /libpod/containers/{name}/export": EXPORT,
  "HEAD /libpod/containers/{name}/archive": ARCHIVE.stat,
  "GET /libpod/containers/{name}/archive": ARCHIVE.get,
  "PUT /libpod/containers/{name}/archive": {
    ...ARCHIVE.put,
    query: { ...ARCHIVE.put.query, rename: { json: textMap } },
  },
  "POST /libpod/containers/{name}/exec": EXEC.create,
  "POST /libpod/exec/{id}/start": EXEC.start,
  "POST /libpod/exec/{id}/resize": EXEC.resize,
  "POST /libpod/exec/{id}/remove": {
    summary: "Forget it",
    body: request("LibpodExecRemoveRequest", { Force: flag }),
    answers: { 200: json(object({})) },
    errors: [404, 409],
  },
  "GET /libpod/exec/{id}/json": EXEC.inspect,
};
