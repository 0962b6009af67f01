import {
  bytes,
  filters,
  json,
  jsonLines,
  nothing,
  type Operation,
  type Operations,
  stream,
} from "../../openapi/operation.ts";
import { flag, integer, list, object, oneOf, orNull, text, texts, titled } from "../../openapi/schema.ts";
import { created, createRequest, updateRequest } from "./described-create.ts";
import { EXEC, SIZE, STREAMS } from "./described-exec.ts";
import { changesOf, inspected, listed, stats } from "./described-inspect.ts";
import { LIST_FILTERS } from "./list.ts";

const ATTACH = { logs: flag, stream: flag, stdin: flag, stdout: flag, stderr: flag, detachKeys: text };
const STAT = { 200: nothing };
const pruneFilters = filters("label", "label!", "until");

const noCheckpoints: Operation = { summary: "Refused: they need CRIU", answers: {}, errors: [501] };

/** Containers and what is executed in them. */
export const CONTAINER_OPERATIONS: Operations = {
  "GET /containers/json": {
    summary: "Containers: those that run, or all",
    query: {
      all: flag,
      limit: integer,
      size: flag,
      filters: filters(...LIST_FILTERS),
    },
    answers: { 200: json(listed) },
  },
  "POST /containers/create": {
    summary: "Make a container, without starting it",
    query: { name: text, platform: text },
    body: createRequest,
    answers: { 201: json(created) },
    errors: [403, 404, 409, 501],
  },
  "GET /containers/{id}/json": {
    summary: "All about a container",
    query: { size: flag },
    answers: { 200: json(inspected) },
    errors: [404],
  },
  "POST /containers/{id}/start": {
    summary: "Start it",
    query: { detachKeys: text },
    answers: { 204: nothing, 304: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/stop": {
    summary: "Stop it: by its signal, and after t seconds by KILL",
    query: { t: integer, signal: text },
    answers: { 204: nothing, 304: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/restart": {
    summary: "Stop and start it",
    query: { t: integer, signal: text },
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/kill": {
    summary: "Send it a signal",
    query: { signal: text },
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/pause": { summary: "Freeze it", answers: { 204: nothing }, errors: [404, 409] },
  "POST /containers/{id}/unpause": { summary: "Let it go on", answers: { 204: nothing }, errors: [404, 409] },
  "POST /containers/{id}/rename": {
    summary: "Give it another name",
    query: { name: text },
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/resize": {
    summary: "Tell its terminal a size",
    query: SIZE,
    answers: { 200: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/update": {
    summary: "Change its limits and its restart policy",
    body: updateRequest,
    answers: { 200: json(titled("ContainerUpdateResponse", object({ Warnings: texts }))) },
    errors: [404, 409, 501],
  },
  "DELETE /containers/{id}": {
    summary: "Remove it",
    query: { v: flag, force: flag, link: flag },
    answers: { 204: nothing },
    errors: [404, 409],
  },
  "POST /containers/{id}/wait": {
    summary: "Wait for its end; the head of the answer comes at once",
    query: { condition: oneOf("not-running", "next-exit", "removed") },
    answers: {
      200: jsonLines(
        titled("ContainerWaitResponse", object({ StatusCode: integer, "Error?": orNull(object({ Message: text })) })),
      ),
    },
    errors: [404],
  },
  "POST /containers/{id}/attach": {
    summary: "Join its stdio",
    query: ATTACH,
    answers: STREAMS,
    errors: [404, 409],
  },
  "GET /containers/{id}/attach/ws": {
    summary: "Join its stdio through a websocket",
    query: ATTACH,
    answers: STREAMS,
    errors: [404, 409],
  },
  "GET /containers/{id}/logs": {
    summary: "What it has written",
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
  "GET /containers/{id}/top": {
    summary: "Its processes, by the host's ps",
    query: { ps_args: text },
    answers: { 200: json(titled("ContainerTopResponse", object({ Titles: texts, Processes: list(texts) }))) },
    errors: [404, 409],
  },
  "GET /containers/{id}/changes": {
    summary: "What differs from its image: 0 changed, 1 added, 2 deleted",
    answers: { 200: json(orNull(changesOf)) },
    errors: [404],
  },
  "GET /containers/{id}/export": {
    summary: "Its root as an archive",
    answers: { 200: bytes("application/octet-stream") },
    errors: [404],
  },
  "GET /containers/{id}/stats": {
    summary: "What it uses, once a second, or once",
    query: { stream: flag, "one-shot": flag },
    answers: { 200: jsonLines(stats) },
    errors: [404],
  },
  "HEAD /containers/{id}/archive": {
    summary: "What is at a path, in the header X-Docker-Container-Path-Stat",
    query: { path: text },
    answers: STAT,
    errors: [404],
  },
  "GET /containers/{id}/archive": {
    summary: "What is at a path, as an archive",
    query: { path: text },
    answers: { 200: bytes("application/x-tar") },
    errors: [404],
  },
  "PUT /containers/{id}/archive": {
    summary: "Unpack an archive in a folder",
    query: { path: text, noOverwriteDirNonDir: flag, copyUIDGID: flag },
    body: { bytes: "application/x-tar" },
    answers: { 200: nothing },
    errors: [403, 404],
  },
  "GET /containers/{id}/checkpoints": noCheckpoints,
  "POST /containers/{id}/checkpoints": noCheckpoints,
  "DELETE /containers/{id}/checkpoints/{checkpoint}": noCheckpoints,
  "POST /containers/prune": {
    summary: "Remove all that do not run",
    query: { filters: pruneFilters },
    answers: {
      200: json(titled("ContainerPruneResponse", object({ ContainersDeleted: texts, SpaceReclaimed: integer }))),
    },
  },
  "POST /containers/{id}/exec": EXEC.create,
  "POST /exec/{id}/start": EXEC.start,
  "POST /exec/{id}/resize": EXEC.resize,
  "GET /exec/{id}/json": EXEC.inspect,
};
