import { filters, json, jsonLines, nothing, type Operation, type Operations } from "../../openapi/operation.ts";
import { flag, integer, list, map, object, orNull, text, titled } from "../../openapi/schema.ts";
import { madeId, podReports, processes } from "../described-reports.ts";
import { podRequest } from "./described-create.ts";
import { podInspected, podReport, podRow, podUsage } from "./described-inspect.ts";

const KEYS = [
  "ctr-ids",
  "ctr-names",
  "ctr-number",
  "ctr-status",
  "id",
  "label",
  "label!",
  "name",
  "network",
  "status",
  "until",
];

/** 409 with a line for each member on which it failed, or with the error of the pod itself. */
function verb(summary: string, more: Partial<Operation> = {}): Operation {
  const failed = object({
    "Errs?": { type: "array", items: text },
    "Id?": text,
    "cause?": text,
    "message?": text,
    "response?": integer,
  });
  return {
    summary,
    ...more,
    answers: { 200: json(podReport), ...more.answers, 409: json(failed) },
    errors: [404],
  };
}

const already = { answers: { 304: nothing } };

/** Pods. */
export const POD_OPERATIONS: Operations = {
  "GET /libpod/pods/json": {
    summary: "Pods",
    query: { filters: filters(...KEYS) },
    answers: { 200: json(list(podRow)) },
  },
  "GET /libpod/pods/stats": {
    summary: "What members use: once, or every five seconds (stream)",
    query: { namesOrIDs: text, all: flag, stream: flag },
    answers: { 200: jsonLines(list(podUsage)) },
    errors: [404],
  },
  "POST /libpod/pods/create": {
    summary: "Make a pod, without starting it",
    body: podRequest,
    answers: { 201: json(madeId) },
    // Of the registry that an infra image comes from.
    errors: [401, 403, 404, 409, 501, 503],
  },
  "POST /libpod/pods/prune": {
    summary: "Remove those that do not run",
    query: { filters: filters(...KEYS) },
    answers: { 200: json(podReports) },
  },
  "GET /libpod/pods/{name}/json": { summary: "All about a pod", answers: { 200: json(podInspected) }, errors: [404] },
  "GET /libpod/pods/{name}/exists": { summary: "Whether it is there", answers: { 204: nothing }, errors: [404] },
  "GET /libpod/pods/{name}/top": {
    summary: "The processes of its members",
    query: { ps_args: text },
    answers: { 200: json(processes) },
    errors: [404, 409],
  },
  "POST /libpod/pods/{name}/start": verb("Start its members", already),
  "POST /libpod/pods/{name}/stop": verb("Stop them", { query: { t: integer }, ...already }),
  "POST /libpod/pods/{name}/restart": verb("Stop and start them"),
  "POST /libpod/pods/{name}/kill": verb("Send them a signal", { query: { signal: text } }),
  "POST /libpod/pods/{name}/pause": verb("Freeze them"),
  "POST /libpod/pods/{name}/unpause": verb("Let them go on"),
  "DELETE /libpod/pods/{name}": {
    summary: "Remove it and its members",
    query: { force: flag, timeout: integer },
    answers: {
      200: json(titled("LibpodPodRemoval", object({ Err: orNull(text), Id: text, RemovedCtrs: map(orNull(text)) }))),
    },
    errors: [404, 409],
  },
};
