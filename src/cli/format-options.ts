import type { TemplateOptions } from "../lib/go-template/render.ts";

/** How `--format` of every command reads its template: with `\t` and `\n`, with the peers' maps, and with `.Label "name"`. */
export const FORMAT_OPTIONS: TemplateOptions = {
  escapes: true,
  // Maps in Docker's and Podman's JSON: a key that is not there is no mistake in the template.
  maps: [
    "Annotations",
    "DriverOpts",
    "ExposedPorts",
    "GraphOptions",
    "Labels",
    "LogOpts",
    "Networks",
    "Options",
    "PortBindings",
    "Ports",
    "StorageOpt",
    "Sysctls",
    "Tmpfs",
    "Volumes",
  ],
  methods: { Label: labelOf },
};

function labelOf(row: unknown, name: unknown): unknown {
  const labels: unknown = typeof row === "object" && row !== null ? Reflect.get(row, "Labels") : undefined;
  if (labels instanceof Map) return labels.get(name) ?? "";
  return typeof labels === "object" && labels !== null ? (Reflect.get(labels, String(name)) ?? "") : "";
}
