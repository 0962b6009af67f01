import { basename } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { type Node, valueOf } from "../../lib/yaml/node.ts";
import type { Variables } from "../env/variables.ts";
import { interpolate } from "../interpolate/values.ts";

const LEGAL = /^[a-z0-9][a-z0-9_-]*$/;

type Known = {
  readonly projectName: string | undefined;
  readonly directory: string;
  readonly variables: Variables;
  readonly documents: readonly Node[];
};

/** The project's name: `-p`, COMPOSE_PROJECT_NAME, the last `name:` of the files, the folder's name; the last two are made legal. */
export function projectName({ projectName, directory, variables, documents }: Known): string {
  const variable = variables.get("COMPOSE_PROJECT_NAME")?.value ?? "";
  const explicit = projectName !== undefined && projectName !== "" ? projectName : variable;
  if (explicit !== "") {
    if (LEGAL.test(explicit)) return explicit;
    throw badName(
      explicit,
      "must consist only of lowercase letters, digits, hyphens and underscores, and start with a letter or digit",
    );
  }
  const written = documents.map((document) => valueOf(document, "name")).findLast((name) => name !== undefined);
  const filled = written === undefined ? undefined : interpolate(written, variables, () => undefined);
  const wished = filled?.kind === "scalar" && filled.text !== "" ? filled.text : basename(directory);
  const name = normalName(wished);
  if (name === "") throw badName(wished, "nothing of it may stand in a name");
  return name;
}

function badName(name: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "compose.bad_project_name",
    what: `invalid project name "${name}": ${why}`,
    fix: "give another with --project-name, or as name: in the file",
  });
}

function normalName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}
