/** When an ended container is started again by itself (Docker's and Podman's `--restart`). */
export type RestartPolicy = {
  readonly name: "no" | "always" | "on-failure" | "unless-stopped";
  /** Only for `on-failure`: how often at most; undefined for ever. */
  readonly maxRetries?: number;
};
