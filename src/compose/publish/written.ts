import { resolve } from "node:path";
import type { Node, Source } from "../../lib/yaml/node.ts";
import { readYaml } from "../../lib/yaml/read.ts";
import { at, items, pairs, textAt } from "../edit.ts";
import { type Variables, variablesOf } from "../env/variables.ts";
import { isRemote, readSource } from "../files/read.ts";
import { interpolate } from "../interpolate/values.ts";

/** A path that a file names, where it is written, and the file of this machine that it means. */
export type NamedFile = { readonly node: Node; readonly path: string };

/** A Compose file as it is written, with what of it leads to other files or may be nobody else's business. */
export type Written = {
  readonly path: string;
  readonly source: Source;
  readonly envFiles: readonly NamedFile[];
  readonly bases: readonly NamedFile[];
  /** The first local file that it includes. */
  readonly included: Node | undefined;
  readonly services: readonly {
    readonly name: string;
    readonly hasEnvFile: boolean;
    /** As written, variables not filled in. */
    readonly environment: readonly (readonly [string, string])[];
  }[];
  readonly contents: readonly (readonly [config: string, text: string])[];
};

/** Reads a file without filling anything in; only paths of other files are. */
export async function readWritten(
  path: string,
  folder: string,
  known: Readonly<Record<string, string>>,
): Promise<Written> {
  const source = (await readSource(path, folder)) ?? { name: path, text: "" };
  return writtenIn(readYaml(source), { path, source, folder, variables: variablesOf(known, "environment") });
}

type File = {
  readonly path: string;
  readonly source: Source;
  /** What its relative paths are seen from. */
  readonly folder: string;
  readonly variables: Variables;
};

function writtenIn(documents: readonly Node[], { path, source, folder, variables }: File): Written {
  const named = (node: Node | undefined): NamedFile[] => {
    const text = node === undefined ? undefined : textAt(interpolate(node, variables, () => undefined));
    if (node === undefined || text === undefined || text === "" || isRemote(text)) return [];
    return [{ node, path: resolve(folder, text) }];
  };
  const services = documents.flatMap((document) => pairs(at(document, "services")));
  const envFiles = services.map(([, service]) =>
    oneOrMany(at(service, "env_file")).flatMap((entry) => named(entry.kind === "dict" ? at(entry, "path") : entry)),
  );
  const includes = documents
    .flatMap((document) => items(at(document, "include")))
    .flatMap((include) => (include.kind === "dict" ? oneOrMany(at(include, "path")) : [include]));
  return {
    path,
    source,
    envFiles: envFiles.flat(),
    bases: services.flatMap(([, service]) => named(at(service, "extends", "file"))),
    included: includes.find((include) => named(include).length > 0),
    services: services.map(([name, service], index) => ({
      name,
      hasEnvFile: (envFiles[index]?.length ?? 0) > 0,
      environment: environmentOf(at(service, "environment")),
    })),
    contents: documents
      .flatMap((document) => pairs(at(document, "configs")))
      .flatMap(([name, config]) => {
        const text = textAt(config, "content");
        return text === undefined ? [] : [[name, text] as const];
      }),
  };
}

function oneOrMany(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  return node.kind === "list" ? node.items : [node];
}

function environmentOf(node: Node | undefined): (readonly [string, string])[] {
  if (node?.kind === "dict")
    return pairs(node).flatMap(([name, value]) => (value.kind === "scalar" ? [[name, value.text] as const] : []));
  return items(node).flatMap((item) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(textAt(item) ?? "") ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}
