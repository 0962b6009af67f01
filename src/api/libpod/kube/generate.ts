import { findSources, generateFacts } from "../../../kube/generate/find.ts";
import { generateYaml } from "../../../kube/generate/generate.ts";
import { badRequest } from "../../http/api-error.ts";
import type { Call, Reply } from "../../http/call.ts";

const TYPES = ["pod", "deployment", "daemonset", "job"] as const;

/** `GET /libpod/generate/kube` */
export function generate({ engine, query, service }: Call): Reply {
  const names = query.all("names").filter(Boolean);
  if (names.length === 0) throw badRequest("no pod, container or volume was named");
  const asked = query.text("type") ?? "pod";
  const type = TYPES.find((name) => name === asked.toLowerCase());
  if (type === undefined) throw badRequest(`type "${asked}": one of ${TYPES.join(", ")}`);
  const { sources, volumes } = findSources(engine, names);
  const { text } = generateYaml(sources, volumes, generateFacts(engine), {
    type,
    replicas: query.integer("replicas") || 1,
    service: query.flag("service"),
  });
  return { status: 200, type: "text/vnd.yaml", stream: pieces() };

  async function* pieces(): AsyncGenerator<string> {
    yield `# Save the output of this file and use kubectl create -f to import\n# it into Kubernetes.\n#\n# Created with estiba-${service.version}\n${text}`;
  }
}
