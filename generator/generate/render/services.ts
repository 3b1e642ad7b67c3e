import type { Model } from '../model.ts';
import type { Texts } from '../read/texts.ts';
import { BANNER, type OutputFile } from './output.ts';
import { packSchemaFiles, type WithSchemaFiles } from './schema-packs.ts';
import { templateNamed } from './templates.ts';

/** One template for each service: the Secrets of its logins. */
export function renderServices(model: Model, templates: Texts): OutputFile[] {
  const render = templateNamed(templates, 'service.yaml.hbs');
  return model.services.map((service) => ({
    path: `templates/services/${service.name}.yaml`,
    content: render({ ...service, banner: BANNER }),
  }));
}

/** What the provisioning Job mounts of the services. */
export function renderSources(model: Model, templates: Texts): OutputFile[] {
  const content = templateNamed(templates, 'sources.tpl.hbs')({ ...model, banner: BANNER });
  return [{ path: 'templates/services/_sources.tpl', content }];
}

/** Which schema files lie together in a ConfigMap. */
export function renderPacks(model: Model, templates: Texts): OutputFile[] {
  const packs = packSchemaFiles(model.services).map(({ bits, services }) => ({ bits, files: services.map(keysOf) }));
  const content = templateNamed(templates, 'packs.tpl.hbs')({ packs, banner: BANNER });
  return [{ path: 'templates/services/_packs.tpl', content }];
}

/** By service, as no two services may have a key in common: a service's name has no dot. */
function keysOf({ name, schemaFiles }: WithSchemaFiles): object {
  return { name, files: schemaFiles.map((file) => file.name) };
}

/** The schema files, under a banner that Helm takes off again: their text is what the ledger's checksum is made of. */
export function renderSchemaFiles(model: Model): OutputFile[] {
  return model.services.flatMap(({ name, schemaFiles }) =>
    schemaFiles.map((file) => ({ path: `sql/${name}/${file.name}`, content: `-- ${BANNER}\n${file.text}` })),
  );
}
