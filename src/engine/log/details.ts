import type { ContainerRecord } from "../../state/container.ts";
import { renderTag } from "./tag.ts";

/** What `--log-opt labels`, `env` and `tag` ask for, as `docker logs --details` prints it: `a=1,b=2`, sorted. Throws `invalid` for the tag. */
export async function logDetails(record: ContainerRecord): Promise<string> {
  const { log } = record.spec;
  const variables = new Map(
    record.process.env.map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)]),
  );
  const facts: [string, string | undefined][] = [
    ...(log.labels ?? []).map((name): [string, string | undefined] => [name, record.labels[name]]),
    ...(log.env ?? []).map((name): [string, string | undefined] => [name, variables.get(name)]),
    ...(log.tag === undefined ? [] : [["tag", await renderTag(log.tag, record)] as [string, string]]),
  ];
  return facts
    .filter(([, value]) => value !== undefined)
    .map(([name, value = ""]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted()
    .join(",");
}
