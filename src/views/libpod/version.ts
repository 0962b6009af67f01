import { dockerVersion } from "../docker/system.ts";

type Versions = Parameters<typeof dockerVersion>[0] & { readonly libpod: string };

/** `GET /libpod/version`: Docker's, with the component in which Podman's clients look for their API's version. Pure. */
export function libpodVersion({ libpod, ...versions }: Versions): Record<string, unknown> {
  const document = dockerVersion(versions);
  const { version, kernel, architecture } = versions;
  const details = {
    APIVersion: libpod,
    Arch: architecture,
    BuildTime: "",
    Experimental: "false",
    GitCommit: "",
    GoVersion: "",
    KernelVersion: kernel,
    MinAPIVersion: "4.0.0",
    Os: "linux",
  };
  // Clients read a date; there is none to tell.
  return {
    ...document,
    BuildTime: "1970-01-01T00:00:00Z",
    Components: [{ Name: "Podman Engine", Version: version, Details: details }],
  };
}
