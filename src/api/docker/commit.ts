import { commitContainer } from "../../engine/commit.ts";
import { isEstibaError } from "../../lib/error.ts";
import { ApiError, badRequest } from "../http/api-error.ts";
import type { Call, Reply } from "../http/call.ts";
import { Fields } from "./fields.ts";
import { dockersName } from "./image/find.ts";

/** `POST /commit` */
export async function commit(call: Call): Promise<Reply> {
  const { engine, query, signal } = call;
  const container = query.text("container");
  if (container === undefined) throw badRequest("the parameter container is missing");
  const repository = query.text("repo");
  const body = new Fields(await call.json());
  try {
    const image = await commitContainer(engine, container, {
      name: repository === undefined ? undefined : dockersName(repository, query.text("tag")),
      author: query.text("author"),
      message: query.text("comment"),
      changes: [...changesOf(body), ...query.all("changes").flatMap((text) => text.split("\n"))].filter(Boolean),
      format: "docker",
      includeVolumes: false,
      pause: query.flag("pause", true),
      squash: false,
      signal,
      report: () => undefined,
    });
    return { status: 201, json: { Id: `sha256:${image.id}` } };
  } catch (error) {
    if (isEstibaError(error, "not_found")) throw new ApiError(404, `No such container: ${container}`);
    throw error;
  }
}

/** What the body sets besides, as instructions. */
function changesOf(body: Fields): string[] {
  const list = (name: string, words: readonly string[]): string[] =>
    words.length === 0 ? [] : [`${name} ${JSON.stringify(words)}`];
  const one = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`${name} ${value}`]);
  return [
    ...list("CMD", body.words("Cmd")),
    ...list("ENTRYPOINT", body.words("Entrypoint")),
    ...one("WORKDIR", body.text("WorkingDir")),
    ...one("USER", body.text("User")),
    ...body.names("ExposedPorts").map((port) => `EXPOSE ${port}`),
    ...Object.entries(body.map("Labels")).map(
      ([key, value]) => `LABEL ${JSON.stringify(key)}=${JSON.stringify(value)}`,
    ),
  ];
}
