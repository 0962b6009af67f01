/**
 * Replaces $(NAME) by variables, as Kubernetes does: $$(NAME) stays as $(NAME), and what is not known stays as it is. `seen` is told of
 * every name that was replaced.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>, seen?: (name: string) => void): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    const value = variables.get(name);
    if (value === undefined) return whole;
    seen?.(name);
    return value;
  });
}
