import type { Bytes, Extensions, Mapping } from "./project.ts";

/** One mount of a service. A bind's source is absolute; a volume's is the key of a declared volume, absent when it is anonymous. */
export type Mount = {
  readonly type: "bind" | "volume" | "tmpfs" | "image" | "npipe" | "cluster";
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly consistency?: string;
  readonly bind?: {
    readonly selinux?: "z" | "Z";
    readonly propagation?: string;
    /** Absent: true. */
    readonly create_host_path?: boolean;
    readonly recursive?: "enabled" | "disabled" | "writable" | "readonly";
  } & Extensions;
  readonly volume?: { readonly labels?: Mapping; readonly nocopy?: boolean; readonly subpath?: string } & Extensions;
  readonly tmpfs?: { readonly size?: Bytes; readonly mode?: number } & Extensions;
  readonly image?: { readonly subpath?: string } & Extensions;
} & Extensions;
