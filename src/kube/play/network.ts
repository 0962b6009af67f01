/** The network of pods that name no other: its pods find each other by name. */
export const KUBE_NETWORK = "estiba-default-kube-network";
