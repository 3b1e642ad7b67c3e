import type { Model, Service } from './model.ts';

/** A login with its service. */
export interface Owned {
  /** <service>, or <service>.<role>. */
  readonly credential: string;
  /** The one that is in use. */
  readonly user: string;
  /** How many times it was rotated. */
  readonly rotation: number;
  /** The Secret that the chart makes for it, unless there is one already. */
  readonly secretName: string;
  /** The one that its password comes from: secretName, or one of the platform team's. */
  readonly passwordSecret: string;
  /** The Secret with the certificate that it must show; empty for none. */
  readonly clientCertificate: string;
  readonly service: Service;
}

/** Every login of the services: the owner of each, and its roles. */
export function loginsOf({ services }: Pick<Model, 'services'>): Owned[] {
  return services.flatMap((service) => [
    {
      credential: service.name,
      user: service.login,
      rotation: service.rotation,
      secretName: service.secretName,
      passwordSecret: service.passwordSecret,
      clientCertificate: service.clientCertificate,
      service,
    },
    ...service.roles.map(({ name, login, rotation, secretName, passwordSecret, clientCertificate }) => ({
      credential: `${service.name}.${name}`,
      user: login,
      rotation,
      secretName,
      passwordSecret,
      clientCertificate,
      service,
    })),
  ]);
}
