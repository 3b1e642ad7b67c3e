/** Where the TypeScript types of the contract stand, relative to the project's own chart. */
export const TYPES_PATH = '../schema/values.types.ts';

/** What the chart's server was made of when it was generated last; for the generator alone. */
export const RESTARTS_PATH = 'restarts.json';

/** Which files of a chart came from the package as they are, so that a later version knows its own; for the generator alone. */
export const PACKAGE_FILES_PATH = 'package-files.json';

/** The folders of a chart in which every file with the banner is generated, so that one that no renderer claims is stale. */
export const GENERATED_FOLDERS = ['sql', 'templates/services'];

/** What the schema files of a service may have: a ConfigMap's limit (1 MiB, ConfigMap.data in the Kubernetes API), less room for its metadata. */
export const CONFIG_MAP_BYTES = 1024 * 1024 - 4096;
