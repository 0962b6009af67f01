import type { UnitFile } from "./unit-file.ts";

/** A unit file in the making: keys are added to those of its source. */
export type UnitDraft = {
  /** Adds a line at the end of a group; empty lines at its end stay behind it. */
  readonly add: (group: string, key: string, value: string) => void;
  /** Adds a line at the beginning of a group, where what the user says later counts. */
  readonly prepend: (group: string, key: string, value: string) => void;
  readonly print: () => string;
};

/** Begins with all of a source; groups in `renamed` get other names, under which systemd reads over them. */
export function draftOf(source: UnitFile, renamed: Readonly<Record<string, string>>): UnitDraft {
  const groups = source.groups.map(({ name, lines }) => ({
    name: renamed[name] ?? name,
    lines: lines.map(({ raw }) => raw),
  }));
  const linesOf = (name: string): string[] => {
    const found = groups.find((group) => group.name === name);
    if (found !== undefined) return found.lines;
    const made = { name, lines: [] };
    groups.push(made);
    return made.lines;
  };
  return {
    add: (group, key, value) => {
      const lines = linesOf(group);
      lines.splice(lines.findLastIndex((line) => line.trim() !== "") + 1, 0, `${key}=${value}`);
    },
    prepend: (group, key, value) => {
      linesOf(group).unshift(`${key}=${value}`);
    },
    print: () =>
      groups
        .map(({ name, lines }) => {
          const last = lines.findLastIndex((line) => line.trim() !== "");
          return [`[${name}]`, ...lines.slice(0, last + 1), ""].join("\n");
        })
        .join("\n"),
  };
}
