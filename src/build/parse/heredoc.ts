import { splitQuoted, type Word } from "./words.ts";

/** A text that stands below its instruction, up to a line with its name. */
export type Heredoc = {
  readonly name: string;
  readonly body: string;
  /** Whether variables in the body are replaced: unless a part of the name was quoted. */
  readonly expand: boolean;
};

/** `<<NAME` as it stands in an instruction; the number before it is a file descriptor, which belongs to the shell. */
export type HeredocMark = {
  readonly word: Word;
  readonly descriptor: string;
  readonly name: string;
  readonly stripTabs: boolean;
  readonly expand: boolean;
};

const MARK = /^(\d*)<<(-?)([^<]+)$/;

/** The heredocs that an instruction's words begin, in order. */
export function heredocMarks(text: string, from: number, escape: string): HeredocMark[] {
  return splitQuoted(text, from, escape).flatMap((word): HeredocMark[] => {
    const [, descriptor = "", dash, rest = ""] = MARK.exec(word.text) ?? [];
    if (rest === "") return [];
    const name = withoutQuotes(rest, escape);
    return name === "" ? [] : [{ word, descriptor, name, stripTabs: dash === "-", expand: name === rest }];
  });
}

function withoutQuotes(text: string, escape: string): string {
  const mark = escape === "`" ? "`" : "\\\\";
  return text.replaceAll(new RegExp(`${mark}(.)|['"]`, "g"), "$1");
}
