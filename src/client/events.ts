import type { EventLine } from "./answers.ts";

/** Docker's words for what happens, by ours. */
const DOCKER_WORDS: Readonly<Record<string, readonly string[]>> = {
  died: ["die"],
  remove: ["destroy", "delete"],
  exec: ["exec_start"],
  exec_died: ["exec_die"],
  loadfromarchive: ["load"],
};

/** Ours by Docker's, for a type of object. */
const OUR_WORDS: Readonly<Record<string, string>> = {
  "container die": "died",
  "container destroy": "remove",
  "container exec_start": "exec",
  "container exec_die": "exec_died",
  "image delete": "remove",
  "image load": "loadfromarchive",
  "volume destroy": "remove",
  "network destroy": "remove",
};

/** Filters in our words as Docker's API takes them. */
export function eventFilters(filters: readonly string[]): string[] {
  return filters.flatMap((text) => {
    const word = text.startsWith("event=") ? DOCKER_WORDS[text.slice("event=".length)] : undefined;
    return word === undefined ? [text] : word.map((action) => `event=${action}`);
  });
}

/** What happened, in our words, for which the beginning of an exec is one step, not two. */
export async function* eventsOf(lines: AsyncIterable<EventLine>): AsyncGenerator<ReturnType<typeof eventOf>, void> {
  for await (const line of lines) if (!line.Action.startsWith("exec_create")) yield eventOf(line);
}

function eventOf({ Type, Action, Actor, timeNano }: EventLine): {
  time: number;
  type: string;
  action: string;
  id: string;
  name: string;
  attributes: Record<string, string>;
} {
  const { name = "", ...attributes } = { ...Actor.Attributes };
  const [word = "", ...more] = Action.split(": ");
  return {
    time: timeNano / 1e6,
    type: Type,
    action: OUR_WORDS[`${Type} ${word}`] ?? word,
    id: Actor.ID.replace(/^sha256:/, ""),
    name: name === "" && Type === "image" ? Actor.ID : name,
    attributes:
      more.length > 0 && word === "health_status" ? { ...attributes, health_status: more.join(": ") } : attributes,
  };
}
