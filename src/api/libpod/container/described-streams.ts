import { EXEC, SIZE, STREAMS } from "../../docker/container/described-exec.ts";
import { changesOf } from "../../docker/container/described-inspect.ts";
import { bytes, json, nothing, type Operations, stream } from "../../openapi/operation.ts";
import { flag, object, request, text, textMap } from "../../openapi/schema.ts";

const TAR = "application/x-tar";

/** What goes in and out of containers, and what is executed in them, for Podman's clients. */
export const STREAM_OPERATIONS: Operations = {
  "POST /libpod/containers/{name}/attach": {
    summary: "Join its stdio",
    query: { logs: flag, stream: flag, stdin: flag, stdout: flag, stderr: flag, detachKeys: text },
    answers: STREAMS,
    errors: [404, 409],
  },
  "POST /libpod/containers/{name}/resize": {
    summary: "Tell its terminal a size",
    query: SIZE,
    answers: { 200: nothing },
    errors: [404, 409],
  },
  "GET /libpod/containers/{name}/logs": {
    summary: "What it has written, always in frames",
    query: {
      stdout: flag,
      stderr: flag,
      follow: flag,
      since: text,
      until: text,
      timestamps: flag,
      tail: text,
      details: flag,
    },
    answers: { 200: stream },
    errors: [404, 501],
  },
  "GET /libpod/containers/{name}/changes": {
    summary: "What differs: 0 changed, 1 added, 2 deleted",
    query: { parent: text, diffType: text },
    answers: { 200: json(changesOf) },
    errors: [404],
  },
  "GET /libpod/containers/{name}/export": {
    summary: "Its root as an archive",
    answers: { 200: bytes("application/octet-stream") },
    errors: [404],
  },
  "HEAD /libpod/containers/{name}/archive": {
    summary: "What is at a path, in the header X-Docker-Container-Path-Stat",
    query: { path: text },
    answers: { 200: nothing },
    errors: [404],
  },
  "GET /libpod/containers/{name}/archive": {
    summary: "What is at a path, as an archive",
    query: { path: text },
    answers: { 200: bytes(TAR) },
    errors: [404],
  },
  "PUT /libpod/containers/{name}/archive": {
    summary: "Unpack an archive in a folder",
    query: { path: text, noOverwriteDirNonDir: flag, copyUIDGID: flag, rename: { json: textMap } },
    body: { bytes: TAR },
    answers: { 200: nothing },
    errors: [403, 404],
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
