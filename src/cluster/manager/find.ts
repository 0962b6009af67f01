import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";

type Finding<T> = {
  /** What it is, in the words of an error. */
  readonly kind: string;
  readonly nameOf: (one: T) => string;
  /** How to find out what there is. */
  readonly fix: string;
};

/** The one with this id, else this name, else an id that begins so. Throws `not_found`, `conflict` for several. */
export function findOne<T extends { readonly id: string }>(
  all: Iterable<T>,
  reference: string,
  { kind, nameOf, fix }: Finding<T>,
): T {
  const list = [...all];
  const exact = list.find(({ id }) => id === reference);
  if (exact !== undefined) return exact;
  const named = list.filter((one) => nameOf(one) === reference);
  const found = named.length > 0 ? named : list.filter(({ id }) => reference !== "" && id.startsWith(reference));
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    throw new EstibaError("conflict", {
      reason: "cluster.ambiguous",
      what: `${kind} ${reference} is ambiguous (${found.length} matches found)`,
      fix: "give the id, or more of its digits",
    });
  }
  const guess = nearest(reference, list.map(nameOf));
  throw new EstibaError("not_found", {
    reason: "cluster.unknown",
    what: `${kind} ${reference} not found`,
    fix: guess === undefined ? fix : `did you mean ${guess}?`,
  });
}
