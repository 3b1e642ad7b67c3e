import type { RoleValues, ServiceValues } from '../../../schema/values.types.ts';
import type { Complete } from './contract.ts';

/** What a login is called where: in PostgreSQL and in Kubernetes. */
export interface LoginNames {
  /** Its login role. */
  readonly user: string;
  readonly secretName: string;
}

/** What a service is called where. */
export interface Names extends LoginNames {
  readonly database: string;
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

/** The names of a login beside the owner's, unless values.yaml says otherwise: userdb_reporting. */
export function roleNamesOf(service: string, database: string, role: string, values: Complete<RoleValues>): LoginNames {
  return {
    user: values.user || `${database}_${role.replaceAll('-', '_')}`,
    secretName: values.secretName || `${service}-${role}-db-secret`,
  };
}

/** The folder of a service's schema files, relative to values.yaml. */
export function schemaFolderOf(service: string, values: Complete<ServiceValues>): string {
  return values.schema || `schema/databases/${service}`;
}
