/** The objects of a body that has one JSON text after another, with or without lines between them. */
export async function* jsonObjects<T>(body: AsyncIterable<Buffer>): AsyncGenerator<T, void> {
  let pending = "";
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    pending += decoder.decode(bytes, { stream: true });
    for (let end = objectEnd(pending); end > 0; end = objectEnd(pending)) {
      yield JSON.parse(pending.slice(0, end)) as T;
      pending = pending.slice(end).trimStart();
    }
  }
  if (pending.trim() !== "") yield JSON.parse(pending) as T;
}

/** Where the first object ends; 0 when it is not all there. */
function objectEnd(text: string): number {
  // Usually each stands on a line of its own, and then nothing is to be looked for.
  const line = text.indexOf("\n");
  if (line > 0 && text[line - 1] === "}" && !text.slice(0, line).includes("}{")) return line;
  if (line > 1 && text[line - 1] === "\r" && text[line - 2] === "}" && !text.slice(0, line).includes("}{")) return line;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === "\\") at += 1;
      else if (letter === '"') quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === "{") depth += 1;
    else if (letter === "}" && --depth === 0) return at + 1;
  }
  return 0;
}
