import type { ContainerAnswer } from "../../client/answers.ts";
import { EstibaError } from "../../lib/error.ts";
import { containerPath } from "./select.ts";
import { defineRemote, type RemoteVerb } from "./verb.ts";

export const verb: RemoteVerb = defineRemote({
  options: {},
  async run(_values, [name = "", port], remote) {
    const { NetworkSettings, State } = await remote.client.json<ContainerAnswer>("GET", containerPath(name, "json"));
    const all = State.Running ? Object.entries(NetworkSettings.Ports ?? {}) : [];
    const published = all
      .flatMap(([container, bindings]) =>
        (bindings ?? []).map(({ HostIp = "", HostPort = "" }) => ({
          container,
          host: `${hostOf(HostIp)}:${HostPort}`,
        })),
      )
      .toSorted((a, b) => Number.parseInt(a.container, 10) - Number.parseInt(b.container, 10));
    if (port === undefined) {
      remote.out(published.map(({ container, host }) => `${container} -> ${host}\n`).join(""));
      return 0;
    }
    const wanted = port.includes("/") ? port : `${port}/tcp`;
    const found = published.filter(({ container }) => container === wanted);
    if (found.length === 0) throw notPublished(port);
    remote.out(found.map(({ host }) => `${host}\n`).join(""));
    return 0;
  },
});

function hostOf(ip: string): string {
  if (ip === "") return "0.0.0.0";
  return ip.includes(":") ? `[${ip}]` : ip;
}

function notPublished(port: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "container.port_not_published",
    what: `failed to find published port "${port}"`,
    fix: "see: estiba port CONTAINER",
  });
}
