/** Something mounted into the container at `target`, an absolute path inside its root. */
export type MountSpec =
  | {
      readonly type: "bind";
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      readonly propagation: string;
      readonly recursive: boolean;
    }
  | {
      readonly type: "volume";
      /** Undefined asks for an anonymous one; the record always names it. */
      readonly source: string | undefined;
      readonly target: string;
      readonly readOnly: boolean;
      /** Copy what the image has at `target` into an empty volume. */
      readonly copy: boolean;
    }
  | {
      readonly type: "tmpfs";
      readonly target: string;
      readonly readOnly: boolean;
      readonly options: readonly string[];
    };

/** A named-or-anonymous volume that the container uses. */
export type UsedVolume = { readonly name: string; readonly target: string; readonly anonymous: boolean };
