import { goTime } from "../lib/go-template/time.ts";
import type { NamedSecret } from "../state/secrets.ts";
import { createdAt, createdSince } from "./image.ts";

/** A row of `secret ls`, with Podman's fields. */
type SecretRow = {
  readonly ID: string;
  readonly Name: string;
  readonly Driver: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
};

export function secretRow({ id, name, createdAt: created, updatedAt }: NamedSecret, nowMs: number): SecretRow {
  return {
    ID: id,
    Name: name,
    Driver: "file",
    CreatedAt: createdSince(created, nowMs),
    UpdatedAt: createdSince(updatedAt, nowMs),
  };
}

/** The document of `secret inspect`: Podman's. `data` only for who asks for it. */
export function secretDocument(secret: NamedSecret, folder: string, data: string | undefined): Record<string, unknown> {
  return {
    ID: secret.id,
    CreatedAt: goTime(secret.createdAt),
    UpdatedAt: goTime(secret.updatedAt),
    Spec: {
      Name: secret.name,
      Driver: { Name: "file", Options: { path: folder } },
      Labels: secret.labels,
    },
    ...(data === undefined ? {} : { SecretData: data }),
  };
}

/** `secret inspect --pretty`: the same for people. */
export function secretText(secret: NamedSecret, data: string | undefined): string {
  const lines = [
    `ID:              ${secret.id}`,
    `Name:              ${secret.name}`,
    "Labels:",
    ...Object.entries(secret.labels).map(([key, value]) => ` - ${key}=${value}`),
    "Driver:            file",
    `Created at:        ${createdAt(secret.createdAt)}`,
    `Updated at:        ${createdAt(secret.updatedAt)}`,
    ...(data === undefined ? [] : [`Secret:            ${data}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
