import type { PortMapping } from "../state/spec/network.ts";

/** One port of a container and where on the host it is published. */
export type PublishedPort = { readonly container: string; readonly host: string };

/** Each published port by itself, ranges taken apart, as `port` shows them: `80/tcp` at `0.0.0.0:8080`, in the order of their numbers. */
export function publishedPorts(mappings: readonly PortMapping[]): PublishedPort[] {
  return mappings
    .flatMap(({ hostIp, hostPort, containerPort, protocol, range }) =>
      Array.from({ length: range }, (_, index) => ({
        number: containerPort + index,
        container: `${containerPort + index}/${protocol}`,
        host: `${hostOf(hostIp)}:${hostPort + index}`,
      })),
    )
    .toSorted((a, b) => a.number - b.number)
    .map(({ container, host }) => ({ container, host }));
}

function hostOf(hostIp: string): string {
  if (hostIp === "") return "0.0.0.0";
  return hostIp.includes(":") ? `[${hostIp}]` : hostIp;
}
