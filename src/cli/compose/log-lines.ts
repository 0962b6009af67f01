import { type Naming, shortName } from "../../compose/plan/names.ts";
import type { LogEntry } from "../../engine/log/entry.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { LogPrinter } from "../logs/printer.ts";

type Looks = {
  readonly naming: Naming;
  readonly color: boolean;
  readonly prefix: boolean;
  readonly timestamps: boolean;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
};

type Source = { label: string; readonly details: string; readonly colored: boolean };

/** Docker compose's, in its order. */
const COLORS = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"];

/** Output of several containers, each line behind its container's name; the names stand in one column. */
export type LogLines = {
  /** Makes a container known, so that the column is wide enough for it. */
  readonly know: (name: string) => void;
  /** False when nobody reads any more. */
  readonly print: (record: ContainerRecord, entries: readonly LogEntry[]) => boolean;
  /** A text of a hook, or of Compose itself, behind a name of its own. */
  readonly say: (name: string, text: string) => void;
  /** `web-1 exited with code 0` */
  readonly tell: (name: string, text: string) => void;
};

export function logLines(out: (text: string) => void, looks: Looks): LogLines {
  const sources: Source[] = [];
  const places = new Map<string, number>();
  const { naming, color, prefix, timestamps, since, until } = looks;
  const printer = new LogPrinter({ timestamps, since, until, sources });
  const paint = (place: number, text: string): string =>
    color ? `\u001B[${COLORS[place % COLORS.length]}m${text}\u001B[0m` : text;
  const know = (full: string): number => {
    const name = shortName(naming, full);
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = sources.length;
    places.set(name, place);
    sources.push({ label: "", details: "", colored: false });
    const width = Math.max(...[...places.keys()].map((each) => each.length)) + 1;
    for (const [each, at] of places) {
      const source = sources[at];
      if (source !== undefined) source.label = prefix ? `${paint(at, `${each.padEnd(width)} |`)} ` : "";
    }
    return place;
  };
  return {
    know: (name) => void know(name),
    print: (record, entries) => printer.print(know(record.name), entries),
    say: (full, text) => {
      const place = know(full);
      const name = `${shortName(naming, full)} ->`;
      for (const line of text.trimEnd().split("\n")) out(prefix ? `${paint(place, name)} ${line}\n` : `${line}\n`);
    },
    tell: (full, text) => {
      const place = know(full);
      out(`${paint(place, shortName(naming, full))} ${text}\n`);
    },
  };
}
