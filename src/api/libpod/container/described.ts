import { WAIT_CONDITIONS } from "../../../engine/wait-condition.ts";
import { stats } from "../../docker/container/described-inspect.ts";
import { filters, json, jsonLines, nothing, type Operation, type Operations } from "../../openapi/operation.ts";
import { flag, integer, list, object, oneOf, text, textMap, titled } from "../../openapi/schema.ts";
import { madeId, processes, pruneReports } from "../described-reports.ts";
import { containerRequest, updateRequest } from "./described-create.ts";
import { containerInspected, containerRow, usages } from "./described-inspect.ts";

const KEYS = [
  "ancestor",
  "before",
  "command",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "label",
  "label!",
  "name",
  "network",
  "pod",
  "publish",
  "restart-policy",
  "since",
  "status",
  "until",
  "volume",
];

/** A verb of one container, that has nothing to tell. */
function verb(summary: string, more: Partial<Operation> = {}): Operation {
  return { summary, ...more, answers: { 204: nothing, ...more.answers }, errors: [404, 409, ...(more.errors ?? [])] };
}

const restartable: Operation = verb("Whether its client is to start it again");
const noCheckpoints: Operation = { summary: "Refused: it needs CRIU", answers: {}, errors: [501] };

/** Containers, for Podman's clients; their streams are in a table of their own. */
export const CONTAINER_OPERATIONS: Operations = {
  "GET /libpod/containers/json": {
    summary: "Containers: those that run, or all",
    query: {
      all: flag,
      last: integer,
      limit: integer,
      size: flag,
      namespace: flag,
      sync: flag,
      filters: filters(...KEYS),
    },
    answers: { 200: json(list(containerRow)) },
    errors: [404],
  },
  "POST /libpod/containers/create": {
    summary: "Make a container, without starting it",
    body: containerRequest,
    answers: {
      201: json(
        titled("LibpodContainerCreateResponse", object({ Id: text, Warnings: { type: "array", items: text } })),
      ),
    },
    errors: [403, 404, 409, 501],
  },
  "GET /libpod/containers/stats": {
    summary: "What containers use, every few seconds, or once",
    query: { containers: text, all: flag, stream: flag, interval: integer },
    answers: { 200: jsonLines(usages) },
    errors: [404],
  },
  "GET /libpod/containers/showmounted": {
    summary: "Roots that are mounted, by the ids of their containers",
    answers: { 200: json(textMap) },
  },
  "POST /libpod/containers/prune": {
    summary: "Remove all that do not run",
    query: { filters: filters("label", "label!", "until") },
    answers: { 200: json(pruneReports) },
  },
  "GET /libpod/containers/{name}/json": {
    summary: "All about a container",
    query: { size: flag },
    answers: { 200: json(containerInspected) },
    errors: [404],
  },
  "GET /libpod/containers/{name}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "GET /libpod/containers/{name}/top": {
    summary: "Its processes, by columns or by the host's ps",
    query: { ps_args: text },
    answers: { 200: json(processes) },
    errors: [404, 409],
  },
  "GET /libpod/containers/{name}/stats": {
    summary: "What it uses, in Docker's form",
    query: { stream: flag, "one-shot": flag },
    answers: { 200: jsonLines(stats) },
    errors: [404],
  },
  "GET /libpod/containers/{name}/healthcheck": {
    summary: "Check its health now",
    answers: {
      200: json(
        titled(
          "LibpodHealth",
          object({
            Status: text,
            "FailingStreak?": integer,
            "Log?": list(object({ Start: text, End: text, ExitCode: integer, Output: text })),
          }),
        ),
      ),
    },
    errors: [404, 409],
  },
  "POST /libpod/containers/{name}/mount": {
    summary: "Mount its root; where is told",
    answers: { 200: json(text) },
    errors: [404, 409],
  },
  "POST /libpod/containers/{name}/unmount": verb("Unmount its root"),
  "GET /libpod/containers/{name}/shouldrestart": restartable,
  "POST /libpod/containers/{name}/shouldrestart": restartable,
  "POST /libpod/containers/{name}/start": verb("Start it", {
    query: { detachKeys: text },
    answers: { 304: nothing },
  }),
  "POST /libpod/containers/{name}/stop": verb("Stop it: by its signal, and after a time by KILL", {
    query: { timeout: integer, t: integer, ignore: flag },
    answers: { 304: nothing },
  }),
  "POST /libpod/containers/{name}/restart": verb("Stop and start it", { query: { timeout: integer, t: integer } }),
  "POST /libpod/containers/{name}/kill": verb("Send it a signal", { query: { signal: text } }),
  "POST /libpod/containers/{name}/pause": verb("Freeze it"),
  "POST /libpod/containers/{name}/unpause": verb("Let it go on"),
  "POST /libpod/containers/{name}/init": verb("Make all that it needs, and start nothing"),
  "POST /libpod/containers/{name}/update": {
    summary: "Change its limits, health checks, variables and restart policy",
    query: { restartPolicy: text, restartRetries: integer },
    body: updateRequest,
    answers: { 201: json(text) },
    errors: [404, 409, 501],
  },
  "POST /libpod/containers/{name}/rename": verb("Give it another name", { query: { name: text } }),
  "DELETE /libpod/containers/{name}": {
    summary: "Remove it",
    query: { force: flag, v: flag, volumes: flag, depend: flag, ignore: flag, timeout: integer },
    answers: { 200: json(list(titled("LibpodContainerRemoval", object({ Id: text, RawInput: text })))) },
    errors: [404, 409],
  },
  "POST /libpod/containers/{name}/wait": {
    summary: "Wait for a condition; the exit code is told",
    query: { condition: oneOf(...WAIT_CONDITIONS), interval: text },
    answers: { 200: json(integer) },
    errors: [404],
  },
  "POST /libpod/containers/{name}/checkpoint": noCheckpoints,
  "POST /libpod/containers/{name}/restore": noCheckpoints,
  "POST /libpod/commit": {
    summary: "Make an image of what a container has changed",
    query: {
      container: text,
      repo: text,
      tag: text,
      comment: text,
      author: text,
      pause: flag,
      squash: flag,
      format: oneOf("oci", "docker"),
      changes: text,
    },
    answers: { 200: json(madeId) },
    errors: [404, 409],
  },
};
