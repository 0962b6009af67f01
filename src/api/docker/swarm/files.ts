import type { FileSummary } from "../../../cluster/door/wire.ts";
import type { FileKind } from "../../../cluster/model/file.ts";
import { fileDocument } from "../../../cluster/views/file.ts";
import { matchesLabel } from "../../../engine/label-filter.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { type Call, type Handler, ok } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { askManager, named, versionOf } from "./ask.ts";
import { filterOf, type Tests } from "./filter.ts";

const TESTS: Tests<FileSummary> = {
  id: ({ id }, value) => id.startsWith(value),
  name: ({ name }, value) => name.startsWith(value),
  names: ({ name }, value) => name === value,
  label: ({ labels }, value) => matchesLabel(labels, value),
};

/** The keys of `filters` of `/secrets` and `/configs`. */
export const FILE_FILTERS: readonly string[] = Object.keys(TESTS);

type Verb = "list" | "create" | "inspect" | "update" | "remove";

/** What `/secrets` and `/configs` of the cluster answer. */
export function fileHandlers(kind: FileKind): Readonly<Record<Verb, Handler>> {
  return {
    list: async (call) => {
      const matches = filterOf(call.query.filters(), TESTS);
      const files = await (await askManager(call))<FileSummary[]>("GET", `/files/${kind}`);
      return ok(files.filter(matches).map(fileDocument));
    },
    create: async (call) => {
      const body = new Fields(await call.json());
      for (const key of ["Driver", "Templating"])
        if ((body.fields(key).text("Name") ?? "") !== "") throw new ApiError(501, `${key} is not supported`);
      const asked = { name: body.text("Name") ?? "", labels: body.map("Labels"), data: base64Of(body) };
      const { id } = await (await askManager(call))<FileSummary>("POST", `/files/${kind}`, {
        ...asked,
        existing: "refuse",
      });
      return { status: 201, json: { ID: id } };
    },
    inspect: async (call) => ok(fileDocument(await look(call, kind))),
    update: async (call) => {
      const version = versionOf(call, kind);
      const body = new Fields(await call.json());
      const file = await look(call, kind);
      const isOther = body.has("Data") && kind === "config" && body.text("Data") !== file.data;
      if (isOther || (body.text("Name") ?? file.name) !== file.name)
        throw badRequest(`only updates to Labels are allowed: the data and the name of a ${kind} stay`);
      await (await askManager(call))("PUT", `/files/${kind}/${named(call)}`, { labels: body.map("Labels"), version });
      return { status: 200 };
    },
    remove: async (call) => {
      await (await askManager(call))("DELETE", `/files/${kind}/${named(call)}`);
      return { status: 204 };
    },
  };
}

async function look(call: Call, kind: FileKind): Promise<FileSummary> {
  return await (await askManager(call))<FileSummary>("GET", `/files/${kind}/${named(call)}`);
}

function base64Of(body: Fields): string {
  const text = body.text("Data") ?? "";
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return plain;
  throw badRequest("Data is not base64");
}
