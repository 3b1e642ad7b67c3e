/** What a grader finds and the chart does not follow, with the reason. */
export interface Waiver {
  readonly rule: string;
  /** Of which objects, as Kind/name; all when it is left out. */
  readonly object?: RegExp;
  readonly reason: string;
}

export const WAIVERS: readonly Waiver[] = [
  {
    rule: 'container-image-pull-policy',
    reason: 'with Always, an outage of the registry keeps a database from starting whose image the node has',
  },
  {
    rule: 'CKV_K8S_15',
    reason: 'the same',
  },
  {
    rule: 'CKV_K8S_43',
    reason: 'image.digest pins an image; which digest is right is for whoever mirrors it to say, and nothing here looks it up',
  },
  {
    rule: 'CKV_K8S_8',
    object: /^Pod\/.*-verify$/,
    reason: 'the pod of `helm test` runs once and ends',
  },
  {
    rule: 'CKV_K8S_9',
    object: /^Pod\/.*-verify$/,
    reason: 'the same',
  },
  {
    rule: 'pod-probes-identical',
    object: /^Deployment\/.*-archive$/,
    reason:
      'one question at two paces: it is not ready as soon as no log is received, and is started anew only after ten minutes of that',
  },
  {
    rule: 'service-targets-pod',
    object: /^Service\//,
    reason:
      'the Services ask for statefulset.kubernetes.io/pod-name as well, which only the controller gives, so that no other pod can take the place of the server',
  },
  {
    rule: 'statefulset-has-servicename',
    reason: 'the headless Service asks for the same label of the controller',
  },
  {
    rule: 'pullPolicyNotAlways',
    reason: 'as container-image-pull-policy',
  },
  {
    rule: 'deploymentMissingReplicas',
    object: /^Deployment\/.*-archive$/,
    reason: 'one receives the log, into one folder; the server keeps what it has not received',
  },
  {
    rule: 'missingPodDisruptionBudget',
    object: /^Deployment\/.*-archive$/,
    reason: 'who drains its node need not wait: the next one goes on where it was',
  },
  {
    rule: 'metadataAndInstanceMismatched',
    reason: 'the label has the name of the release, as Kubernetes and Helm recommend; it is one for all objects of it',
  },
  {
    rule: 'priorityClassNotSet',
    reason: 'priorityClassName sets one; which there are is for the cluster to say',
  },
  {
    rule: 'livenessProbeMissing',
    object: /^Pod\/.*-verify$/,
    reason: 'the pod of `helm test` runs once and ends',
  },
  {
    rule: 'readinessProbeMissing',
    object: /^Pod\/.*-verify$/,
    reason: 'the same',
  },
  {
    rule: 'sensitiveConfigmapContent',
    object: /^ConfigMap\/.*-provisioning$/,
    reason: 'by the name of a script alone, remember-passwords.sql; no ConfigMap holds a password',
  },
  {
    rule: 'sensitiveContainerEnvVar',
    reason:
      'by its name alone: what has PASSWORD or SECRET in it leads to a file, or says which Secret is meant; passwords are mounted',
  },
];
