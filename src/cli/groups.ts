/** Groups and their one-line help. */
export const GROUPS: Readonly<Record<string, string>> = {
  builder: "Build images",
  buildx: "Build images, as Docker names it",
  container: "Manage containers",
  healthcheck: "Look after the health of containers",
  generate: "Write Kubernetes YAML, as Podman once named it",
  image: "Manage images",
  kube: "Make pods of Kubernetes YAML",
  manifest: "Manage manifest lists",
  network: "Manage networks",
  play: "Make pods of Kubernetes YAML, as Podman once named it",
  pod: "Manage pods: containers that share namespaces",
  quadlet: "Manage Quadlet files, which become units of systemd",
  secret: "Manage secrets",
  system: "Manage Estiba itself",
  volume: "Manage volumes",
};
