import { valueOf } from "../../lib/yaml/node.ts";
import { dictAt } from "../short/make.ts";
import { externalName } from "../short/others.ts";
import { NAMES, SERVICE_FIELDS } from "./service-table.ts";
import {
  type FieldsShape,
  FLAG,
  fields,
  INTEGER,
  LABELS,
  listOf,
  named,
  OPTIONS,
  SET_OR_ONE,
  type Shape,
  TEXT,
  TEXTS,
  textOf,
} from "./shape.ts";

export const SERVICE: FieldsShape = fields(SERVICE_FIELDS);

const POOL: Shape = fields({ subnet: TEXT, gateway: TEXT, ip_range: TEXT, aux_addresses: LABELS });

const NETWORK: Shape = fields(
  {
    name: TEXT,
    driver: TEXT,
    driver_opts: OPTIONS,
    ipam: fields({
      driver: TEXT,
      config: listOf(POOL, { key: (item) => textOf(valueOf(item, "subnet") ?? item), deep: true }),
      options: OPTIONS,
    }),
    external: FLAG,
    internal: FLAG,
    attachable: FLAG,
    labels: LABELS,
    enable_ipv4: FLAG,
    enable_ipv6: FLAG,
  },
  { nullable: true, before: externalName },
);

const VOLUME: Shape = fields(
  { name: TEXT, driver: TEXT, driver_opts: OPTIONS, external: FLAG, labels: LABELS },
  { nullable: true, before: externalName },
);

const SECRET: Shape = fields(
  {
    name: TEXT,
    file: TEXT,
    environment: TEXT,
    external: FLAG,
    labels: LABELS,
    driver: TEXT,
    driver_opts: OPTIONS,
    template_driver: TEXT,
  },
  { before: externalName },
);

const CONFIG: Shape = fields(
  { name: TEXT, file: TEXT, environment: TEXT, content: TEXT, external: FLAG, labels: LABELS, template_driver: TEXT },
  { before: externalName },
);

const MODEL: Shape = fields(
  { name: TEXT, model: TEXT, context_size: INTEGER, runtime_flags: TEXTS },
  { required: ["model"] },
);

/** Every attribute of a Compose file, in the order in which `config` prints them. */
export const PROJECT: FieldsShape = fields({
  version: { type: "text", numbers: true },
  name: TEXT,
  include: listOf(fields({ path: SET_OR_ONE, project_directory: TEXT, env_file: SET_OR_ONE }, { required: ["path"] }), {
    short: (path) => [dictAt(path.origin, { path: path.text })],
  }),
  services: named(SERVICE, { names: NAMES, what: "service" }),
  networks: named(NETWORK, { names: NAMES, what: "network" }),
  volumes: named(VOLUME, { names: NAMES, what: "volume" }),
  secrets: named(SECRET, { names: NAMES, what: "secret" }),
  configs: named(CONFIG, { names: NAMES, what: "config" }),
  models: named(MODEL, { names: NAMES, what: "model" }),
});
