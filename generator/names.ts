import type { ServiceValues } from '../schema/values.types.ts';
import type { Complete } from './validate/contract.ts';

/** What a service is called where: in PostgreSQL and in Kubernetes. */
export interface Names {
  readonly database: string;
  /** Its login role. */
  readonly user: string;
  readonly secretName: string;
}

/** The names that a service has unless values.yaml says otherwise: user-service, userdb, userdb_user. */
export function namesOf(service: string, values: Complete<ServiceValues>): Names {
  const database = values.database || `${service.replace(/-service$/, '').replaceAll('-', '_')}db`;
  return {
    database,
    user: values.user || `${database}_user`,
    secretName: values.secretName || `${service}-db-secret`,
  };
}

/** The folder of a service's schema files, relative to values.yaml. */
export function schemaFolderOf(service: string, values: Complete<ServiceValues>): string {
  return values.schema || `schema/databases/${service}`;
}
