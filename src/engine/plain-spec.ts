import type { ContainerSpec } from "../state/container.ts";

/** A container of which nothing is asked: what builders of specs by program begin with. */
export function plainSpec(fields: Partial<ContainerSpec> & Pick<ContainerSpec, "image">): ContainerSpec {
  return {
    command: [],
    env: [],
    groupAdd: [],
    labels: {},
    annotations: {},
    tty: false,
    interactive: false,
    autoRemove: false,
    stopTimeout: 10,
    network: "bridge",
    ports: [],
    publishAll: false,
    expose: [],
    addHosts: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    mounts: [],
    resources: {},
    security: {
      privileged: false,
      capAdd: [],
      capDrop: [],
      readOnlyRoot: false,
      readOnlyTmpfs: true,
      noNewPrivileges: false,
      seccomp: "default",
      mask: [],
      unmask: [],
    },
    ulimits: {},
    sysctls: {},
    devices: [],
    log: { driver: "k8s-file" },
    ...fields,
  };
}
