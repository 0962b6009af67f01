import { commitContainer } from "../../../engine/commit.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";

/** `POST /libpod/commit` */
export async function commit(call: Call): Promise<Reply> {
  const { engine, query, signal } = call;
  const container = query.text("container");
  if (container === undefined) throw badRequest("the parameter container is missing");
  const [repository, tag] = [query.text("repo"), query.text("tag")];
  const format = query.text("format") ?? "oci";
  if (format !== "oci" && format !== "docker") throw badRequest(`unrecognized image format "${format}"`);
  const image = await commitContainer(engine, container, {
    name: repository === undefined ? undefined : `${repository}:${tag ?? "latest"}`,
    author: query.text("author"),
    message: query.text("comment"),
    changes: query
      .all("changes")
      .flatMap((text) => text.split("\n"))
      .filter(Boolean),
    format,
    includeVolumes: false,
    pause: query.flag("pause", true),
    squash: query.flag("squash"),
    signal,
    report: () => undefined,
  });
  return { status: 200, json: { Id: image.id } };
}
