import { atDocumentEnd, type Cursor, column, originAt, skipToContent } from "./cursor.ts";
import { type Scalar, scalar } from "./node.ts";
import { resolveScalar } from "./resolve-scalar.ts";

// As far as the line goes without `: `, ` #`, and within brackets without the characters that build them; blanks at the end do not count.
const IN_BLOCK = /[^\r\n]*?(?=[ \t]*(?:[\r\n]|$|:(?:\s|$)|(?<=[ \t])#))/y;
const IN_FLOW = /[^\r\n,[\]{}]*?(?=[ \t]*(?:[\r\n,[\]{}]|$|:(?:[\s,[\]{}]|$)|(?<=[ \t])#))/y;

/** Where a plain scalar that begins at an offset ends on its line. */
export function plainEnd(text: string, from: number, inFlow: boolean): number {
  const pattern = inFlow ? IN_FLOW : IN_BLOCK;
  pattern.lastIndex = from;
  pattern.test(text);
  return pattern.lastIndex;
}

/** A plain scalar, the cursor at its first character. It goes on with lines that are indented by at least `indent` columns. */
export function readPlain(cursor: Cursor, indent: number, inFlow: boolean): Scalar {
  const origin = originAt(cursor);
  let end = plainEnd(cursor.text, cursor.at, inFlow);
  let value = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  for (;;) {
    const saved = { at: cursor.at, lineStart: cursor.lineStart };
    const crossed = skipToContent(cursor);
    // Most often the next line belongs to something further out.
    const inside = crossed && (inFlow || column(cursor) >= indent) && !atDocumentEnd(cursor);
    const between = inside ? cursor.text.slice(end, cursor.at) : "";
    const goesOn = inside && !between.includes("#") && startsMore(cursor, inFlow);
    if (!goesOn) {
      cursor.at = saved.at;
      cursor.lineStart = saved.lineStart;
      break;
    }
    end = plainEnd(cursor.text, cursor.at, inFlow);
    const breaks = between.split("\n").length - 1;
    value += (breaks === 1 ? " " : "\n".repeat(breaks - 1)) + cursor.text.slice(cursor.at, end);
    cursor.at = end;
  }
  return scalar(resolveScalar(value), origin, value);
}

/** Whether the text at the cursor goes on with a plain scalar: in a block also what looks like the start of something else does. */
function startsMore(cursor: Cursor, inFlow: boolean): boolean {
  return plainEnd(cursor.text, cursor.at, inFlow) > cursor.at;
}
