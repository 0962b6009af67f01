import { bytes, nothing, type Operation, stream } from "../../openapi/operation.ts";
import { flag, text } from "../../openapi/schema.ts";
import { SIZE, STREAMS } from "./described-exec.ts";

const TAR = "application/x-tar";

/** Joining a container's stdio, for Docker's clients and for Podman's. */
export const ATTACH: Operation = {
  summary: "Join its stdio",
  query: { logs: flag, stream: flag, stdin: flag, stdout: flag, stderr: flag, detachKeys: text },
  answers: STREAMS,
  errors: [404, 409],
};

/** A container's terminal. */
export const RESIZE: Operation = {
  summary: "Tell its terminal a size",
  query: SIZE,
  answers: { 200: nothing },
  errors: [404, 409],
};

/** A container's log. */
export const LOGS: Operation = {
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
};

export const EXPORT: Operation = {
  summary: "Its root as an archive",
  answers: { 200: bytes("application/octet-stream") },
  errors: [404],
};

/** A container's files, for Docker's clients and for Podman's. */
export const ARCHIVE: Readonly<Record<"stat" | "get" | "put", Operation>> = {
  stat: {
    summary: "What is at a path, in the header X-Docker-Container-Path-Stat",
    query: { path: text },
    answers: { 200: nothing },
    errors: [404],
  },
  get: {
    summary: "What is at a path, as an archive",
    query: { path: text },
    answers: { 200: bytes(TAR) },
    errors: [404],
  },
  put: {
    summary: "Unpack an archive in a folder",
    query: { path: text, noOverwriteDirNonDir: flag, copyUIDGID: flag },
    body: { bytes: TAR },
    answers: { 200: nothing },
    errors: [403, 404],
  },
};
