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
export const execRequest: Schema = request("ExecCreateRequest", {
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
export const execStartRequest: Schema = request("ExecStartRequest", {
  Detach: flag,
  Tty: flag,
  ConsoleSize: list(integer),
});

/** What is told of a command that is to be executed. */
export const execCreated: Schema = titled("ExecCreateResponse", object({ Id: text }));

/** How it goes. */
export const execInspected: Schema = titled(
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
