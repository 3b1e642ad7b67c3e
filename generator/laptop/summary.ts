/** What a run tells of each statement that it runs, and of passwords: the cluster's log keeps it, a person at work reads past it. */
const STATEMENT = / {2}-- |: set the password of /;

/** What of a run is for a person, line by line: schema files, what went wrong, what is reported, and the count. */
export function isWorthTelling(line: string): boolean {
  return !STATEMENT.test(line) || /^(reported|retained): /.test(line);
}

/** A line that says where in a schema file it broke: the service, what comes before, the file and the line. */
const BROKEN = /^(\S+): (ERROR: {2})(\S+\.sql(?::\d+:\d+)?: )/;

/** The same line with the file's path, as far as the folder of the service is known. */
export function withPath(line: string, folders: ReadonlyMap<string, { readonly path: string }>): string {
  return line.replace(BROKEN, (whole, service: string, before: string, place: string) => {
    const folder = folders.get(service);
    return folder ? `${service}: ${before}${folder.path}/${place}` : whole;
  });
}

/** The service of which a line says that a schema file was edited, or got another name, after it was applied. */
export function editedServiceIn(line: string): string | undefined {
  return /^(\S+): ERROR: {2}schema file \S+ was (edited after it was applied|applied as \S+ already)/.exec(line)?.[1];
}
