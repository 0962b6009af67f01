/** What a Compose file says that has no effect on a cluster: whoever deploys it is told. */
export const CLUSTER_TOLD: Readonly<Record<string, string>> = {
  "services.*.attach": "nothing is attached to",
  "services.*.build": "nodes run the image that image: names; build and push it before",
  "services.*.container_name": "tasks are named by their slot: <stack>_<service>.<slot>.<id>",
  "services.*.develop": "files are not watched",
  "services.*.pull_policy": "nodes pull what they do not have",
};

/** What a Compose file may say that cannot work across machines: a stack that has it is refused. */
export const CLUSTER_REFUSED: Readonly<Record<string, string>> = {
  "services.*.credential_spec": "works on Windows only",
  "services.*.external_links": "let both join an external network",
  "services.*.links": "services find each other by name",
  "services.*.models": "there is nothing here that runs models",
  "services.*.post_start": "nobody is there to run it when a task has begun on a node",
  "services.*.pre_start": "there are no containers that run before a task",
  "services.*.pre_stop": "nobody is there to run it before a task ends on a node",
  "services.*.provider": "a provider runs on one machine",
  "services.*.use_api_socket": "no daemon is behind a socket",
  "services.*.volumes_from": "the other container may be on another node; let both mount a volume",
  "services.*.x-estiba.pod": "the tasks of a service may be on different nodes",
  "services.*.x-estiba.replica": "tasks of a service are alike",
  "services.*.deploy.resources.reservations.generic_resources": "nodes tell only of processors and memory",
  "secrets.*.driver": "secrets are kept by the cluster",
  "secrets.*.template_driver": "nothing is filled in",
  "configs.*.template_driver": "nothing is filled in",
};

/** What works, and is not as on one machine. */
export const CLUSTER_DIFFERS: Readonly<Record<string, string>> = {
  "services.*.depends_on": "heeded when services are created or changed; nobody waits when a task is started again",
  "services.*.deploy.endpoint_mode": "decides what a service's name stands for",
  "services.*.ports": "published on every node that has a task of the service",
  "services.*.x-estiba.schedule": "a job of the cluster, whose runs start on any node, one at a time",
  "services.*.volumes": "volumes and folders are each node's own",
  "services.*.restart": "an ended task is followed by a new one, maybe on another node",
  "services.*.healthcheck": "a task that becomes unhealthy is ended and followed by another",
  "services.*.deploy.placement": "decides about nodes",
  "services.*.deploy.rollback_config": "heeded",
  "services.*.deploy.update_config": "heeded in full",
  "services.*.deploy.restart_policy": "heeded in full",
  "services.*.deploy.resources.reservations": "a node must have so much left",
  "services.*.secrets": "copies in memory, sent only to nodes whose tasks have them",
  "services.*.configs": "copies in memory, sent only to nodes whose tasks have them",
};
