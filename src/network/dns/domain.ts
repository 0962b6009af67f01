/** The domain under which every container can be found, as Podman calls it. */
export const DOMAIN = "dns.podman";
