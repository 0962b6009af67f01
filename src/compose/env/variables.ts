/** Variables with where each has its value from: `.env:3`, or `environment`. The first one that sets a variable counts. */
export type Variables = ReadonlyMap<string, Variable>;

export type Variable = { readonly value: string; readonly from: string };

export function variablesOf(values: Readonly<Record<string, string | undefined>>, from: string): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) variables.set(name, { value, from });
  return variables;
}

/** Those of the first, and what only the second has. */
export function above(first: Variables, second: Variables): Map<string, Variable> {
  return new Map([...second, ...first]);
}
