/** On a volume that goes with its pod: the pod's name. */
export const POD_LABEL = "io.estiba.kube.pod";
/** On such a volume that has files from the beginning. */
export const FILES_LABEL = "io.estiba.kube.files";
/** On a volume that goes with its pod, and is its fsGroup's: that. */
export const GROUP_LABEL = "io.estiba.kube.group";
/** On a secret: the Secret whose key it is. */
export const SECRET_LABEL = "io.estiba.kube.secret";
