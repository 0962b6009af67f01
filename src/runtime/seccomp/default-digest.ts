/**
 * sha256 of the default profile as JSON. Filters are cached under it, so that a cached one can be found without building the profile; a
 * test compares it with the profile. It stands apart from the profile so that the hot path does not load that.
 */
export const DEFAULT_PROFILE_DIGEST = "7bb32c69fe16511618d06ac3d1e544b01f8e3d401f5b1610d5068d4c9c8dba82";
