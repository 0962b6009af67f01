import { EstibaError } from "../../lib/error.ts";
import { transaction } from "../../state/database.ts";
import { getManifestList, putManifestList } from "../../state/manifest-lists.ts";
import type { Engine } from "../engine.ts";
import { ownName } from "../find-image.ts";

type CreateList = {
  /** A list of that name is no error, and stays as it is. */
  readonly amend: boolean;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Makes an empty manifest list; gives its full name. Throws `conflict` (`manifest.exists`). */
export function createList(engine: Engine, text: string, { amend, annotations }: CreateList): string {
  const name = ownName(text);
  transaction(engine.store, () => {
    const known = getManifestList(engine.store, name);
    if (known !== undefined && !amend) throw exists(name);
    putManifestList(engine.store, { name, annotations: { ...known?.annotations, ...annotations } });
  });
  return name;
}

function exists(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "manifest.exists",
    what: `there is a manifest list "${name}" already`,
    fix: `add to it with --amend, or remove it: estiba manifest rm ${name}`,
  });
}
