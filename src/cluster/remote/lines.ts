/** Cuts what comes in pieces into lines, empty ones left out. Throws what `tooLong` makes for one of more than `most` characters. */
export function lineCutter(
  most: number,
  tooLong: () => Error = () => new Error("a line is too long"),
): (bytes: Uint8Array) => string[] {
  const decoder = new TextDecoder();
  const state = { rest: "" };
  return (bytes) => {
    const parts = `${state.rest}${decoder.decode(bytes, { stream: true })}`.split("\n");
    if (parts.some(({ length }) => length > most)) throw tooLong();
    state.rest = parts.pop() ?? "";
    return parts.filter((part) => part !== "");
  };
}
