import { isJsonFormat } from "../format-options.ts";
import { VERSION } from "../version.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

type ServerAnswer = {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Os: string;
  readonly Arch: string;
  readonly Platform?: { readonly Name?: string };
};

export const verb: RemoteVerb = defineRemote({
  options: { format: "string" },
  async run({ format }, _args, remote) {
    const server = await remote.client.json<ServerAnswer>("GET", "/version");
    const arch = process.arch === "x64" ? "amd64" : process.arch;
    const own = { Version: VERSION, OsArch: `linux/${arch}`, Os: "linux", Arch: arch };
    if (format === undefined) {
      remote.out(
        `Client:       Estiba\nVersion:      ${VERSION}\nOS/Arch:      ${own.OsArch}\n\nServer:       ${server.Platform?.Name || "Docker"}\nVersion:      ${server.Version}\nAPI Version:  ${server.ApiVersion}${server.MinAPIVersion === undefined ? "" : ` (minimum ${server.MinAPIVersion})`}\nOS/Arch:      ${server.Os}/${server.Arch}\n`,
      );
      return 0;
    }
    const document = { Client: own, Server: server };
    if (isJsonFormat(format)) {
      remote.out(`${JSON.stringify(document, null, 2)}\n`);
      return 0;
    }
    const { renderTemplate } = await import("../../lib/go-template/render.ts");
    const { FORMAT_OPTIONS } = await import("../format-options.ts");
    remote.out(`${renderTemplate(format, document, { ...FORMAT_OPTIONS, name: "version" })}\n`);
    return 0;
  },
});
