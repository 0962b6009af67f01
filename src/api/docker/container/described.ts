import { filters, json, jsonLines, nothing, type Operation, type Operations } from "../../openapi/operation.ts";
import { flag, integer, list, object, oneOf, orNull, text, texts, titled } from "../../openapi/schema.ts";
import { created, createRequest, updateRequest } from "./described-create.ts";
import { EXEC } from "./described-exec.ts";
import { changesOf, inspected, listed, stats } from "./described-inspect.ts";
import { ARCHIVE, ATTACH, EXPORT, LOGS, RESIZE } from "./described-streams.ts";
import { LIST_FILTERS } from "./list.ts";

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
  "POST /containers/{id}/resize": RESIZE,
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
  "POST /containers/{id}/attach": ATTACH,
  "GET /containers/{id}/attach/ws": { ...ATTACH, summary: "Join its stdio through a websocket" },
  "GET /containers/{id}/logs": LOGS,
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
  "GET /containers/{id}/export": EXPORT,
  "GET /containers/{id}/stats": {
    summary: "What it uses, once a second, or once",
    query: { stream: flag, "one-shot": flag },
    answers: { 200: jsonLines(stats) },
    errors: [404],
  },
  "HEAD /containers/{id}/archive": ARCHIVE.stat,
  "GET /containers/{id}/archive": ARCHIVE.get,
  "PUT /containers/{id}/archive": ARCHIVE.put,
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
