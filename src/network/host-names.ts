/** What stands for the host in a container, with Podman and with Docker. */
export const HOST_NAMES: readonly string[] = ["host.containers.internal", "host.docker.internal"];
