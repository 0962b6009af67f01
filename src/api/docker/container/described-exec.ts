import { json, nothing, type Operation, stream } from "../../openapi/operation.ts";
import {
  flag,
  integer,
  list,
  object,
  orNull,
  request,
  type Schema,
  text,
  texts,
  titled,
} from "../../openapi/schema.ts";

/** The body of `POST /containers/{id}/exec`. */
const execRequest: Schema = request("ExecCreateRequest", {
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: { anyOf: [texts, text] },
  Privileged: flag,
  User: text,
  WorkingDir: text,
});

/** The body of `POST /exec/{id}/start`. */
const execStartRequest: Schema = request("ExecStartRequest", {
  Detach: flag,
  Tty: flag,
  ConsoleSize: list(integer),
});

/** What is told of a command that is to be executed. */
const execCreated: Schema = titled("ExecCreateResponse", object({ Id: text }));

/** How it goes. */
const execInspected: Schema = titled(
  "ExecInspectResponse",
  object({
    ID: text,
    Running: flag,
    ExitCode: orNull(integer),
    ProcessConfig: object({
      tty: flag,
      entrypoint: text,
      arguments: texts,
      privileged: flag,
      user: text,
    }),
    OpenStdin: flag,
    OpenStderr: flag,
    OpenStdout: flag,
    CanRemove: flag,
    ContainerID: text,
    DetachKeys: text,
    Pid: integer,
  }),
);

/** A terminal's size. */
export const SIZE: NonNullable<Operation["query"]> = { h: integer, w: integer };
/** Streams that take over the connection, asked for with Upgrade or without. */
export const STREAMS: Operation["answers"] = { 101: stream, 200: stream };

type ExecVerb = "create" | "start" | "resize" | "inspect";

/** What is executed in a container, for Docker's clients and for Podman's. */
export const EXEC: Readonly<Record<ExecVerb, Operation>> = {
  create: {
    summary: "Define a command to execute in it",
    body: execRequest,
    answers: { 201: json(execCreated) },
    errors: [404, 409],
  },
  start: { summary: "Execute it, once", body: execStartRequest, answers: STREAMS, errors: [404, 409] },
  resize: { summary: "Tell its terminal a size", query: SIZE, answers: { 200: nothing }, errors: [404] },
  inspect: { summary: "How it goes, or has gone", answers: { 200: json(execInspected) }, errors: [404] },
};
