import { parsePort } from "../../network/parse-port.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import { badOption } from "../container/bad-option.ts";

/**
 * A published port of a service: `8080:80/udp`, or Docker's long form `published=8080,target=80,protocol=udp,mode=host`. In the mode
 * `ingress`, which is the usual one, all tasks of a node share the port, which the leader chooses where none is named; in the mode `host` each
 * has its own. Throws `invalid`.
 */
export function parseServicePort(text: string): PortMapping {
  const isLong = /^\w+=/.test(text);
  const fields = isLong ? fieldsOf(text) : {};
  const { target, published = "", protocol = "tcp", mode = "ingress", host_ip: ip } = fields;
  if (isLong && target === undefined) throw badPort(text, "a port with a target");
  const host = ip === undefined ? "" : `${ip.includes(":") ? `[${ip}]` : ip}:`;
  const short = `${host}${published === "" && host === "" ? "" : `${published}:`}${target}/${protocol}`;
  const mapping = parsePort(isLong ? short : text);
  if (mode === "host") return mapping;
  return { ...mapping, share: { group: "service" } };
}

const FIELDS = ["target", "published", "protocol", "mode", "host_ip"];
const MODES = ["ingress", "host"];

function fieldsOf(text: string): Record<string, string> {
  const fields = Object.fromEntries(
    text.split(",").map((field) => {
      const [name = "", ...value] = field.split("=");
      return [name, value.join("=")];
    }),
  ) as Record<string, string>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw badPort(text, `a list of ${FIELDS.join(", ")}`);
  const { mode } = fields;
  if (mode !== undefined && !MODES.includes(mode)) throw badPort(text, `of the mode ${MODES.join(" or ")}`);
  return fields;
}

function badPort(text: string, wanted: string): Error {
  return badOption("--publish", text, wanted, "for example: -p 8080:80, or published=8080,target=80,mode=host");
}
