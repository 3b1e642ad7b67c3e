/* Generated from values.schema.json by npm run generate; edits are lost.
   sha256 of the contract: e08e5ede3ac2f1234701be376076931ac20979b52b431921fec50afd45bb8dc4 */

/**
 * The values of shared-postgresql: one PostgreSQL that many services share.
 */
export interface Values {
  /**
   * Helm's own: values that a parent chart shares with its subcharts. Not read.
   */
  global?: {
    [k: string]: unknown;
  };
  /**
   * Name of the deployment's objects. Empty: the release's name, with shared-postgresql in it.
   */
  fullnameOverride?: string;
  /**
   * Namespace of all objects. Empty: the release's.
   */
  namespaceOverride?: string;
  /**
   * Labels of every object and pod. Those that the chart sets are refused.
   */
  commonLabels?: {
    [k: string]: string;
  };
  /**
   * Annotations of every object. Those that the chart sets, and Helm's hooks, are refused.
   */
  commonAnnotations?: {
    [k: string]: string;
  };
  /**
   * The container image of the server and of provisioning: the official postgres image, Debian variant.
   */
  image?: {
    /**
     * Registry of the image.
     */
    registry?: string;
    /**
     * Repository of the image.
     */
    repository?: string;
    /**
     * Tag of the image. Empty: postgresql.version with Debian's name, so that the C library, and with it the order of indexes, stays the same.
     */
    tag?: string;
    /**
     * Digest of the image (sha256:...), which wins over the tag.
     */
    digest?: string;
    /**
     * When the image is pulled. Always would let a registry's outage stop a database.
     */
    pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
    /**
     * Names of Secrets for the registry.
     */
    pullSecrets?: string[];
  };
  /**
   * What runs PostgreSQL. All else, the services, the plan, the proof and the Secrets, is the same with each.
   */
  engine?: {
    /**
     * pod: one pod of this chart. cloudnative-pg: a Cluster of the operator CloudNativePG, which fails over by itself (docs/cloudnative-pg.md). external: a server that somebody else runs, a managed one for instance, with an admin who need be no superuser; the chart runs none (docs/external.md).
     */
    kind?: 'pod' | 'cloudnative-pg' | 'external';
    /**
     * Of kind cloudnative-pg: the Cluster that the operator keeps (docs/cloudnative-pg.md). It takes image.pullPolicy, image.pullSecrets, resources, persistence.size, persistence.storageClass, persistence.retain, postgresql, nodeSelector, tolerations, affinity, topologySpreadConstraints and priorityClassName as they are for the pod.
     */
    cloudnativePg?: {
      /**
       * How many servers there are: the primary, which the Job provisions and the services write to, and standbys that read along.
       */
      instances?: number;
      /**
       * Image of the servers, which must be one that is made for the operator, of postgresql.version. Empty: the operator's own, ghcr.io/cloudnative-pg/postgresql with postgresql.version and -standard-bookworm for its tag. A tag goes before a digest. The operator brings in another server after server.
       */
      image?: string;
      /**
       * Namespace in which the operator runs, whose pods may ask the servers how they are.
       */
      operatorNamespace?: string;
      /**
       * PgBouncer before the primary, by the operator. A service's Secret names it under pooler-host.
       */
      pooler?: {
        /**
         * How many there are. 0: none.
         */
        instances?: number;
        /**
         * When a connection to the server is given back: with the client's session, or with each transaction, which whoever uses what lasts longer than one (prepared statements, SET, LISTEN, temporary tables) must be ready for.
         */
        mode?: 'session' | 'transaction';
        /**
         * Connections to the server that each keeps for each service (default_pool_size). With instances they count against the service's connectionLimit.
         */
        size?: number;
        /**
         * Connections that each takes from clients (max_client_conn).
         */
        clients?: number;
      };
      /**
       * Base backups of the whole Cluster and its write-ahead log in an object store, by the operator's plugin for Barman Cloud, which must be installed. The backups of each service (backup) are made beside it.
       */
      archive?: {
        /**
         * Where they lie: s3:// with a bucket, and a folder if you like. Empty: nowhere.
         */
        destination?: string;
        /**
         * URL of a store that is not Amazon's.
         */
        endpoint?: string;
        /**
         * Name of a Secret of yours with ACCESS_KEY_ID and ACCESS_SECRET_KEY. Empty: by the IAM role of the pods.
         */
        existingSecret?: string;
        /**
         * When a base backup is made (five fields, for example 7 1 * * *).
         */
        schedule?: string;
        /**
         * Days for which a point in time can be had (retentionPolicy).
         */
        days?: number;
      };
    };
    /**
     * Of kind external: where the server is, and who its admin is. auth.admin.existingSecret has the password.
     */
    external?: {
      /**
       * Name of the server's host, which the services' Secrets carry. Of one that fails over, the name of whichever is the primary; never that of a pooler.
       */
      host?: string;
      /**
       * Its port.
       */
      port?: number;
      /**
       * Name of the admin's role, who may make databases and roles (CREATEDB, CREATEROLE).
       */
      user?: string;
      /**
       * Name of the database that the admin logs in to, where the records of provisioning are. Best one that the admin owns, as only the owner can shut it to services.
       */
      database?: string;
      /**
       * How the deployment's own sessions know the server. What the services' Secrets say is connections.sslmode.
       */
      tls?: {
        /**
         * verify-full: by the name of its host and an authority of yours. require: by its knowledge of the password, in an encrypted connection (channel binding). off, which YAML reads as false: not at all, and nothing is encrypted.
         */
        mode?: 'verify-full' | 'require' | 'off' | false;
        /**
         * Of mode verify-full: name of a Secret of yours with ca.crt, the certificates of the authorities that sign for the provider.
         */
        existingSecret?: string;
      };
    };
  };
  /**
   * What runs the pod.
   */
  workload?: {
    /**
     * Deployment is for those who address the server as deployment/shared-postgresql. Changing it replaces the pod.
     */
    kind?: 'StatefulSet' | 'Deployment';
  };
  /**
   * The server.
   */
  postgresql?: {
    /**
     * Major version of PostgreSQL. It names the data directory; upgradeFrom brings that of another one over.
     */
    version?: '15' | '16' | '17' | '18';
    /**
     * Brings the data of a former major over before the server of postgresql.version starts for the first time (docs/upgrade.md). Take it out when all is well.
     */
    upgradeFrom?: {
      /**
       * The former major. Empty: nothing is brought over.
       */
      version?: '' | '15' | '16' | '17';
      /**
       * Tag of the image of the former major. Empty: its version with Debian's name.
       */
      tag?: string;
    };
    /**
     * The way back after an upgrade, as long as no service wrote since (docs/upgrade.md). Take it out when all is well.
     */
    returnFrom?: {
      /**
       * The later major, whose data is put aside. Empty: nothing is.
       */
      version?: '' | '16' | '17' | '18';
      /**
       * Tag of the image of the later major. Empty: its version with Debian's name.
       */
      tag?: string;
      /**
       * The word that the container look-back prints when services wrote since the upgrade (confirm- and a number): what they wrote is put aside with the later major's data. Empty: then the server does not return.
       */
      discard?: string;
    };
    /**
     * Connections that the server accepts (max_connections), 10 of them reserved for the admin and provisioning. 0: what the services may hold, and the largest of them twice, in steps from 200 on (300, 400, 600, ...): the server restarts only where a step is crossed.
     */
    maxConnections?: number;
    /**
     * Connections that are no service's, set aside in the sum that must fit maxConnections.
     */
    otherConnections?: {
      /**
       * Connections of a metrics exporter.
       */
      exporter?: number;
      /**
       * Connections of a pooler beside those that it opens as a service, to look passwords up.
       */
      pooler?: number;
    };
    /**
     * What becomes of databases and roles that nobody declared. report: they are named and left as they are. close: PUBLIC may no more connect to these databases, and these roles no more log in; what they hold stays.
     */
    undeclared?: 'report' | 'close';
    /**
     * Extensions that are not trusted and that services may name nevertheless. The admin creates them, in a schema of its own. What harms others on a shared server is refused.
     */
    allowedExtensions?: string[];
    /**
     * Which statements the server logs (log_statement).
     */
    logStatement?: 'all' | 'ddl' | 'mod' | 'none';
    /**
     * Further settings for postgresql.conf, name: value. They also replace what is computed: shared_buffers, effective_cache_size, maintenance_work_mem, work_mem, from 101 services on recovery_init_sync_method and autovacuum_naptime, and with backup.pointInTime max_slot_wal_keep_size, and from 17 on summarize_wal.
     */
    settings?: {
      [k: string]: string | number | boolean;
    };
  };
  /**
   * Resources of the server's container.
   */
  resources?: {
    /**
     * What the scheduler sets aside. null takes an entry out.
     */
    requests?: {
      [k: string]: string | number;
    };
    /**
     * What the container may use at most. null takes an entry out.
     */
    limits?: {
      [k: string]: string | number;
    };
  };
  /**
   * The volume with the data.
   */
  persistence?: {
    /**
     * Size of the volume.
     */
    size?: string;
    /**
     * Storage class. Empty: the one that is the default in your Kubernetes; '-': none.
     */
    storageClass?: string;
    /**
     * Access modes of the volume.
     *
     * @minItems 1
     */
    accessModes?: [
      'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod',
      ...('ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod')[]
    ];
    /**
     * Name of a PersistentVolumeClaim of yours. The chart then makes none.
     */
    existingClaim?: string;
    /**
     * Whether the volume, and the admin's Secret that belongs to it, survive helm uninstall.
     */
    retain?: boolean;
  };
  /**
   * How Kubernetes checks the server.
   */
  probes?: {
    /**
     * Time to start: recovery after a crash, or the first boot. TCP connect.
     */
    startup?: {
      /**
       * Seconds after the container's start before the first check.
       */
      initialDelaySeconds?: number;
      /**
       * Seconds between two checks.
       */
      periodSeconds?: number;
      /**
       * Seconds after which a check counts as failed.
       */
      timeoutSeconds?: number;
      /**
       * Failed checks in a row until Kubernetes acts.
       */
      failureThreshold?: number;
      /**
       * Good checks in a row until it counts as well again.
       */
      successThreshold?: number;
    };
    /**
     * Restarts the container. TCP connect.
     */
    liveness?: {
      /**
       * Seconds after the container's start before the first check.
       */
      initialDelaySeconds?: number;
      /**
       * Seconds between two checks.
       */
      periodSeconds?: number;
      /**
       * Seconds after which a check counts as failed.
       */
      timeoutSeconds?: number;
      /**
       * Failed checks in a row until Kubernetes acts.
       */
      failureThreshold?: number;
      /**
       * Good checks in a row until it counts as well again.
       */
      successThreshold?: number;
    };
    /**
     * Takes the server out of its Service. pg_isready.
     */
    readiness?: {
      /**
       * Seconds after the container's start before the first check.
       */
      initialDelaySeconds?: number;
      /**
       * Seconds between two checks.
       */
      periodSeconds?: number;
      /**
       * Seconds after which a check counts as failed.
       */
      timeoutSeconds?: number;
      /**
       * Failed checks in a row until Kubernetes acts.
       */
      failureThreshold?: number;
      /**
       * Good checks in a row until it counts as well again.
       */
      successThreshold?: number;
    };
  };
  /**
   * The Service that the services connect to.
   */
  service?: {
    /**
     * Name of the Service. Empty: shared-postgresql-service, after the deployment's name.
     */
    name?: string;
    /**
     * Type of the Service.
     */
    type?: 'ClusterIP' | 'LoadBalancer';
    /**
     * Port of the Service.
     */
    port?: number;
    /**
     * Annotations of the Service.
     */
    annotations?: {
      [k: string]: string;
    };
  };
  /**
   * The pods' ServiceAccount. It has no token and no rights.
   */
  serviceAccount?: {
    /**
     * Whether the chart makes it.
     */
    create?: boolean;
    /**
     * Its name. Empty: the deployment's name, or default when it is not created.
     */
    name?: string;
    /**
     * Annotations of the ServiceAccount.
     */
    annotations?: {
      [k: string]: string;
    };
  };
  /**
   * Security context of every pod. runAsUser 999 adopts a volume of the image's own user; null leaves a field to OpenShift.
   */
  podSecurityContext?: {
    [k: string]: unknown;
  };
  /**
   * Security context of every container.
   */
  containerSecurityContext?: {
    [k: string]: unknown;
  };
  /**
   * Labels that a node must have.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  /**
   * Taints of nodes that the pods tolerate.
   */
  tolerations?: {
    [k: string]: unknown;
  }[];
  /**
   * Affinity of the pods.
   */
  affinity?: {
    [k: string]: unknown;
  };
  /**
   * How pods spread. Without a labelSelector they select the deployment's pods.
   */
  topologySpreadConstraints?: {
    [k: string]: unknown;
  }[];
  /**
   * Priority class of the server's pod.
   */
  priorityClassName?: string;
  /**
   * Seconds that the server has to shut down cleanly.
   */
  terminationGracePeriodSeconds?: number;
  /**
   * Further environment variables of the server's container. Those that the chart sets cannot be set here.
   */
  extraEnv?: {
    [k: string]: unknown;
  }[];
  /**
   * Further volumes of the server's pod.
   */
  extraVolumes?: {
    [k: string]: unknown;
  }[];
  /**
   * Further mounts of the server's container.
   */
  extraVolumeMounts?: {
    [k: string]: unknown;
  }[];
  /**
   * Init containers of the server's pod.
   */
  extraInitContainers?: {
    [k: string]: unknown;
  }[];
  /**
   * Where passwords come from.
   */
  auth?: {
    /**
     * generated: made at install and kept at upgrade, which only Helm itself can, not helm template or Argo CD. derived: computed of auth.seed, the same in every rendering. externalSecret: made once in the cluster, by the External Secrets Operator. existingSecret: every service's Secret is there already, with the key password. deploy: made and kept by the command of that name, so that neither Helm nor its history holds any.
     */
    passwords?: 'generated' | 'existingSecret' | 'derived' | 'externalSecret' | 'deploy';
    /**
     * What derived passwords are computed of: at least 32 characters, random, and kept for as long as the deployment. Give it to whoever renders the chart, never to this file: whoever has it has every password.
     */
    seed?: string;
    /**
     * Whether generated makes passwords and a certificate where no cluster can be looked into, as in helm template: for a first install alone. What it makes cannot be changed any more: its Secrets are immutable.
     */
    generatedWithoutCluster?: boolean;
    /**
     * How long the former login of a service stays open at most after a rotation, in which whoever has read its password before takes the new one.
     */
    rotationGrace?: string;
    /**
     * The admin, PostgreSQL's superuser postgres.
     */
    admin?: {
      /**
       * Name of a Secret of yours with the key password. Empty: the chart makes one.
       */
      existingSecret?: string;
      /**
       * One more and the Secret that the chart makes has a new password, which the Job sets; open sessions live on. It never goes down.
       */
      rotation?: number;
    };
  };
  /**
   * What a service's Secret holds for those who connect. The parts (host, port, database, username, password and the like) are always there.
   */
  connections?: {
    /**
     * In which forms the parts are written together, by the names of their keys; environment stands for PGHOST, PGPORT and so on. Each takes room of the release's 1 MiB, for every service.
     */
    forms?: (
      | 'asyncpg-uri'
      | 'connection-string'
      | 'dsn'
      | 'environment'
      | 'jdbc-uri'
      | 'node-uri'
      | 'pgpass'
      | 'prisma-uri'
      | 'sqlalchemy-uri'
      | 'tokio-postgres-uri'
      | 'uri'
    )[];
    /**
     * require: every form asks for TLS, and knows not whose server it is. verify-full: every form names the authority's file, which must be mounted. Where the server speaks no TLS all forms say disable.
     */
    sslmode?: 'require' | 'verify-full';
    /**
     * Where services mount ca.crt, for verify-full.
     */
    authorityFile?: string;
    /**
     * Keys of your own in every service's Secret, each with a text in which placeholders are replaced: {{host}}, {{port}}, {{database}}, {{username}}, {{password}}, {{passwordForUri}}, {{passwordForDotnet}}, {{passwordForDsn}}, {{passwordForPgpass}}, {{passwordForJson}} (the password as each wants it, the JSON with its quotes), {{sslmode}}, {{authorityFile}}. Nothing is evaluated.
     */
    templates?: {
      [k: string]: string;
    };
  };
  /**
   * Encryption of connections, and the certificate by which the server shows who it is.
   */
  tls?: {
    /**
     * generated: an authority and a certificate made at install and kept at upgrade, which only Helm itself can, not helm template or Argo CD. certManager: cert-manager makes and renews them. existingSecret: a Secret of yours has them. off, which YAML reads as false: no TLS.
     */
    mode?: 'generated' | 'certManager' | 'existingSecret' | 'off' | false;
    /**
     * Whether the server lets in over TLS alone. Otherwise a client that asks for none is let in as well.
     */
    required?: boolean;
    /**
     * Of mode generated: one more and another authority is made known in ca.crt beside the one that signs; one more and it signs, the former still known; one more and the former is forgotten. It never goes down. By itself each happens in time.
     */
    rotation?: number;
    /**
     * Name of the Secret with tls.crt, tls.key and ca.crt, whoever makes it. Empty: the deployment's name and -tls.
     */
    secretName?: string;
    /**
     * Of mode generated: whether the chart makes the Secrets that clientCertificate names, signs their certificates with its authority and renews them as that of the server. Otherwise they are yours.
     */
    issueClientCertificates?: boolean;
    /**
     * Name of a Secret of yours with ca.crt, of the authority that signs the certificates that logins show (clientCertificate). Empty: that of the server.
     */
    clientAuthority?: string;
    /**
     * Domain of the cluster, with which the Service's full name ends. The certificate has it beside the shorter names.
     */
    clusterDomain?: string;
    /**
     * Who signs the certificate that cert-manager makes. It must write ca.crt into the Secret.
     */
    issuer?: {
      /**
       * Name of an issuer of yours. Empty: the chart makes an authority of its own, and an issuer for it.
       */
      name?: string;
      /**
       * Kind of that issuer.
       */
      kind?: string;
      /**
       * API group of that issuer.
       */
      group?: string;
    };
  };
  /**
   * Who may reach the server.
   */
  networkPolicy?: {
    /**
     * Whether the chart makes a NetworkPolicy.
     */
    enabled?: boolean;
    /**
     * NetworkPolicyPeers that may connect, beside the pods of services.<name>.namespace. The default is every pod of the deployment's namespace.
     */
    from?: {
      [k: string]: unknown;
    }[];
    /**
     * NetworkPolicyPeers that resolve names for the pods which connect to the server: the cluster's DNS, on port 53, or 5353 where it listens there. Empty: wherever it is. The server's own pod asks none.
     */
    dns?: {
      [k: string]: unknown;
    }[];
  };
  /**
   * The Job that brings the live server in line with the values.
   */
  provisioning?: {
    /**
     * Resources of its container.
     */
    resources?: {
      /**
       * What the scheduler sets aside. null takes an entry out.
       */
      requests?: {
        [k: string]: string | number;
      };
      /**
       * What the container may use at most. null takes an entry out.
       */
      limits?: {
        [k: string]: string | number;
      };
    };
    /**
     * How long it may take, in seconds.
     */
    deadlines?: {
      /**
       * Waiting for the server to accept connections.
       */
      server?: number;
      /**
       * Waiting for one lock that somebody holds.
       */
      lock?: number;
      /**
       * One statement that applies a schema file.
       */
      schemaFile?: number;
      /**
       * The whole Job, all its attempts (activeDeadlineSeconds).
       */
      total?: number;
    };
    /**
     * When it runs as a CronJob as well (five fields, for example * /15 * * * *), so that drift is mended and a password changed in a Secret reaches the server. Empty: only at install and upgrade.
     */
    schedule?: string;
    /**
     * Which databases are looked into: changed, those whose service changed since they were well; or all, which finds what somebody changed inside them by hand and costs a login for each.
     */
    compare?: 'changed' | 'all';
    /**
     * Attempts after the first.
     */
    backoffLimit?: number;
    /**
     * Seconds after which Kubernetes removes the finished Job and its log.
     */
    ttlSecondsAfterFinished?: number;
  };
  /**
   * Backups: a dump of every service, made by its own login, read back, kept on a volume of its own, and restored to see that it can be.
   */
  backup?: {
    /**
     * When every service is backed up (five fields, for example 17 2 * * *). Empty: never.
     */
    schedule?: string;
    /**
     * Which backups of a service are kept.
     */
    keep?: {
      /**
       * Older ones are removed, after a newer one was made.
       */
      days?: number;
      /**
       * So many of the newest are kept, however old they are.
       */
      least?: number;
    };
    /**
     * The volume with the backups.
     */
    persistence?: {
      /**
       * Size of the volume.
       */
      size?: string;
      /**
       * Storage class. Empty: the one that is the default in your Kubernetes; '-': none.
       */
      storageClass?: string;
      /**
       * Access modes of the volume.
       *
       * @minItems 1
       */
      accessModes?: [
        'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod',
        ...('ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod')[]
      ];
      /**
       * Name of a PersistentVolumeClaim of yours. The chart then makes none.
       */
      existingClaim?: string;
    };
    /**
     * Copies of the backups elsewhere: S3, and whatever else rclone speaks. Kept as long as the backups.
     */
    copy?: {
      /**
       * A remote of rclone, and a folder there, as in offsite:bucket/databases. Empty: no copies.
       */
      to?: string;
      /**
       * Name of a Secret of yours with the key rclone.conf, in which rclone finds the remote, its credentials, and a crypt remote if copies are to be encrypted before they leave. Empty: the remote stands in `to`, or in the pod's identity.
       */
      existingSecret?: string;
      /**
       * Ports to which the network policy lets the copies out.
       *
       * @minItems 1
       */
      ports?: [number, ...number[]];
      /**
       * The container image with rclone.
       */
      image?: {
        /**
         * Registry of the image.
         */
        registry?: string;
        /**
         * Repository of the image.
         */
        repository?: string;
        /**
         * Tag of the image.
         */
        tag?: string;
        /**
         * Digest of the image (sha256:...), which wins over the tag.
         */
        digest?: string;
      };
    };
    /**
     * Base backups of the whole server and its write-ahead log, received as it is written: a service can be brought back as it was at any time between. Kept as long as the backups. From PostgreSQL 17 on a base backup holds what changed since a full one, which is made each week.
     */
    pointInTime?: {
      /**
       * Whether they are made. Wants backup.schedule, and room for the whole server on the volume of the backups.
       */
      enabled?: boolean;
      /**
       * Days from one base backup to the next. Bringing back the last moment before it reads the log of all of them.
       */
      every?: number;
      /**
       * Name of a Secret of yours with the key password, of the login that receives the log. Empty: the chart makes one.
       */
      existingSecret?: string;
      /**
       * One more and the Secret that the chart makes has a new password, which the Job sets; what is being received goes on. It never goes down.
       */
      rotation?: number;
    };
    /**
     * SQL that takes out what is personal, in deployments that get the backups of another.
     */
    mask?: {
      /**
       * Name of a ConfigMap of yours with a key <service>.sql for each service: its login runs that SQL, in one transaction, on what is restored before anybody sees it. A service without a key there is not restored. Empty: all comes back as it was.
       */
      existingConfigMap?: string;
    };
    /**
     * After each run every service's newest backup is restored on a throw-away server, and compared with what was dumped.
     */
    rehearsal?: {
      /**
       * Room for one service's data at a time, with backup.pointInTime for the whole server: the throw-away server's volume, which is made and removed with the run. With backup.pointInTime, from PostgreSQL 17 on, the claim asks for twice as much, as incremental base backups are put together there.
       */
      size?: string;
      /**
       * Has a CronJob that never runs by itself, of which a Job is made before an upgrade: every newest backup is restored on a later major, while the server goes on serving (docs/upgrade.md).
       */
      upgradeTo?: {
        /**
         * The later major. Empty, or no later one than postgresql.version: nothing is tried.
         */
        version?: '' | '16' | '17' | '18';
        /**
         * Tag of the image of the later major. Empty: its version with Debian's name.
         */
        tag?: string;
      };
    };
    /**
     * How long it may take, in seconds.
     */
    deadlines?: {
      /**
       * The backup of one service.
       */
      service?: number;
      /**
       * A run, all its services (activeDeadlineSeconds).
       */
      total?: number;
    };
    /**
     * Resources of its container.
     */
    resources?: {
      /**
       * What the scheduler sets aside. null takes an entry out.
       */
      requests?: {
        [k: string]: string | number;
      };
      /**
       * What the container may use at most. null takes an entry out.
       */
      limits?: {
        [k: string]: string | number;
      };
    };
  };
  /**
   * Logins of the platform team beside the services, by name, each with the least that its work needs and a connection Secret of its own, in the deployment's namespace.
   */
  platformLogins?: {
    [k: string]: PlatformLoginValues;
  };
  /**
   * The services, by name: each has a database, a login and a connection Secret of its own. An entry may be empty: {}.
   */
  services?: {
    [k: string]: ServiceValues;
  };
}
/**
 * One login of the platform.
 */
export interface PlatformLoginValues {
  /**
   * monitoring has the statistics of the whole server (pg_monitor), and opens the admin's database alone. readonly reads what the services below own, now and later. migrator is what the services below are, to change their schemas: what it makes belongs to them.
   */
  access?: 'monitoring' | 'readonly' | 'migrator';
  /**
   * The services that a readonly login reads, or a migrator changes: by a login <database>_<name> in each, with a Secret <service>-<name>-db-secret, as a role of the service has.
   */
  services?: string[];
  /**
   * Connections that it may hold at once; of several logins, each.
   */
  connectionLimit?: number;
  /**
   * As services.<name>.rotation; a monitoring login has no second one, and its password is another at once.
   */
  rotation?: number;
  /**
   * Name of a Secret of yours with the key password, for a monitoring login.
   */
  existingSecret?: string;
}
/**
 * One service.
 */
export interface ServiceValues {
  /**
   * Whether the service exists. false keeps its database and its data, but locks its logins and withdraws its Secrets.
   */
  enabled?: boolean;
  /**
   * Drops the database, its data and its roles for good, once enabled is false and its last backup, made after that, was rehearsed. Provisioning prints it for a retained database. With -without-backup behind it no backup is wanted. Another database of the same name has another number and is not dropped.
   */
  drop?: string;
  /**
   * Takes over a database, and its roles, that is there already and was not made for this service; provisioning prints it. The service then gets what is in it, and its roles lose what values.yaml does not give them.
   */
  adopt?: string;
  /**
   * Name of its database. Empty: from the service's name, without a trailing -service, hyphens as underscores, followed by db (user-service: userdb).
   */
  database?: string;
  /**
   * Name of its login role. Empty: the database's name followed by _user.
   */
  user?: string;
  /**
   * Name of its connection Secret. Empty: the service's name followed by -db-secret.
   */
  secretName?: string;
  /**
   * Folder of its schema files, relative to values.yaml. Empty: schema/databases/<service>, if that exists.
   */
  schema?: string;
  /**
   * Encoding of its database; chosen when it is created.
   */
  encoding?: string;
  /**
   * Order of texts and classes of characters in its database; chosen when it is created.
   */
  locale?: {
    /**
     * Who defines the locale: the C library, ICU, or PostgreSQL itself (builtin, from 17 on). Empty: as the server was made.
     */
    provider?: '' | 'libc' | 'icu' | 'builtin';
    /**
     * Name of the locale, as its provider knows it: C or en_US.utf8, de-DE, C.UTF-8. Empty: as the server was made.
     */
    name?: string;
  };
  /**
   * Extensions that its database has. Trusted ones are created by the service's own login, those of postgresql.allowedExtensions by the admin.
   */
  extensions?: string[];
  /**
   * Extensions beside those, by name, in a schema or of a version of your choice.
   */
  placedExtensions?: {
    [k: string]: PlacedExtensionValues;
  };
  /**
   * Connections that its login may hold at once. All limits, and what is set aside, must fit postgresql.maxConnections.
   */
  connectionLimit?: number;
  /**
   * One more and another login takes over with a new password, in turns: the one that user names, and the same with _2. The former ends after auth.rotationGrace. It never goes down.
   */
  rotation?: number;
  /**
   * Name of a Secret with tls.crt and tls.key, of a certificate that names its login, signed by ca.crt of tls.secretName; yours, unless tls.issueClientCertificates: without it the server lets nobody in as that login. A rotation takes the Secret of the other login. Empty: the password is enough.
   */
  clientCertificate?: string;
  /**
   * After what time the server ends what the service left running. Defaults of its sessions; a session may set others.
   */
  timeouts?: {
    /**
     * One statement (statement_timeout).
     */
    statement?: string;
    /**
     * Waiting for one lock (lock_timeout).
     */
    lock?: string;
    /**
     * An open transaction that does nothing (idle_in_transaction_session_timeout).
     */
    idleInTransaction?: string;
  };
  /**
   * Disk that one of its sessions may fill with temporary files (temp_file_limit). A session cannot raise it.
   */
  tempFileLimit?: string;
  /**
   * Memory of one sort or hash in its sessions (work_mem). Empty: the server's. A session may set another.
   */
  workMem?: string;
  /**
   * Schemas in which its sessions look for unqualified names (search_path). Empty: PostgreSQL's "$user", public, and the admin's schema if the admin creates an extension for it.
   */
  searchPath?: string[];
  /**
   * Further logins to its database, by name, each with a connection Secret of its own: for reports, for a job, for a person. They own nothing.
   */
  roles?: {
    [k: string]: RoleValues;
  };
  /**
   * Where the passwords of its logins come from. Empty: auth.passwords.
   */
  passwords?: '' | 'generated' | 'existingSecret' | 'derived' | 'externalSecret';
  /**
   * Name of a Secret of yours with the key password, in place of the one that the chart makes.
   */
  existingSecret?: string;
  /**
   * Namespace of its pods: they may connect, and find its connection Secrets, and those of its roles, there. It must exist. Empty: the deployment's own.
   */
  namespace?: string;
  /**
   * Labels of its connection Secrets, beside the common ones.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Annotations of its connection Secrets, beside the common ones.
   */
  annotations?: {
    [k: string]: string;
  };
}
/**
 * Where one lies, and of which version it is.
 */
export interface PlacedExtensionValues {
  /**
   * Schema in which it lies, and which is made where it is missing. Empty: where it is; at first public, or shared_postgresql if the admin creates it.
   */
  schema?: string;
  /**
   * Version that it has, and is updated to. Empty: at first the server's.
   */
  version?: string;
}
/**
 * One login beside the owner's.
 */
export interface RoleValues {
  /**
   * What it may do with everything that the service owns, now and later: readonly reads, readwrite changes rows as well.
   */
  access?: 'readonly' | 'readwrite';
  /**
   * Name of the login role. Empty: the database's name, an underscore and the role's name, hyphens as underscores (userdb_reporting).
   */
  user?: string;
  /**
   * Name of its connection Secret. Empty: the service's name, the role's name, then -db-secret (user-service-reporting-db-secret).
   */
  secretName?: string;
  /**
   * Connections that it may hold at once.
   */
  connectionLimit?: number;
  /**
   * As services.<name>.rotation, for this login.
   */
  rotation?: number;
  /**
   * As services.<name>.clientCertificate, for this login.
   */
  clientCertificate?: string;
  /**
   * Name of a Secret of yours with the key password, in place of the one that the chart makes.
   */
  existingSecret?: string;
}
