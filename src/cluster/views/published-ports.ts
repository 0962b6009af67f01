import type { ServiceSpec } from "../model/service.ts";

/** A published port with Docker's fields. */
export type PublishedPort = {
  readonly Protocol: string;
  readonly TargetPort: number;
  /** 0 where the node chooses one. */
  readonly PublishedPort: number;
  readonly PublishMode: "ingress" | "host";
};

/** The ports that a service publishes, one by one. */
export function publishedPorts({ container }: ServiceSpec): PublishedPort[] {
  return container.ports.flatMap(({ protocol, containerPort, hostPort, share, range }) =>
    Array.from({ length: range }, (_, at) => ({
      Protocol: protocol,
      TargetPort: containerPort + at,
      PublishedPort: hostPort === 0 ? 0 : hostPort + at,
      PublishMode: share === undefined ? ("host" as const) : ("ingress" as const),
    })),
  );
}
