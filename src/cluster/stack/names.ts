/** Labels by which Docker's tools, and the next command, know what belongs to a stack. */
export const STACK_LABELS = { stack: "com.docker.stack.namespace", image: "com.docker.stack.image" } as const;

/** `<stack>_<service>`, as Docker names it. */
export function serviceName(stack: string, service: string): string {
  return `${stack}_${service}`;
}
