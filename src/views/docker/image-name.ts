/** A full name as Docker writes it: without the registry and the folder that go without saying there. Pure. */
export function familiarName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, "");
}
