import {
  always,
  firstOf,
  ofDatabase,
  ofRoles,
  ofSuperusers,
  ofTablespaces,
  outside,
  unlessOutside,
  when,
  type Judge,
  type Refusal,
} from './refusal.ts';
import { judgeCreate, judgeOwn, whyNotInImage } from './extensions.ts';
import { changesMoreThanPassword, givesAway, judgeDefaults, namesOthers, namesRoles, ofOthers } from './roles.ts';
import { endsTransaction } from './outside.ts';
import { judgeOptions, judgeSet } from './settings.ts';
import { MARK } from './mark.ts';
import { innerAt, isOn, namesOf, nodeAt, nodesOf, optionsOf, textAt, type Node } from '../tree.ts';

const CONCURRENTLY = unlessOutside('CONCURRENTLY');

const isConcurrent = ({ concurrent }: Node): boolean => concurrent === true;
const is =
  (field: string, ...values: readonly string[]) =>
  (statement: Node): boolean =>
    values.includes(textAt(statement, field));
const isDropped =
  (type: string) =>
  (statement: Node): boolean =>
    statement['removeType'] === type && statement['missing_ok'] !== true;
const isNamed = (...types: readonly string[]) => is('objtype', ...types);
const granteesOf = ({ grantees }: Node): unknown => grantees;

/** A tablespace beside the default one. */
const isElsewhere =
  (field: string) =>
  (statement: Node): boolean =>
    !['', 'pg_default'].includes(textAt(statement, field));

const publishesSchemas = ({ for_all_tables: all, pubobjects }: Node): boolean =>
  all === true ||
  nodesOf(pubobjects).some(is('pubobjtype', 'PUBLICATIONOBJ_TABLES_IN_SCHEMA', 'PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA'));

const languageOf = ({ options }: Node): string => textAt(optionsOf(options).get('language') ?? {}, 'sval').toLowerCase();

export const COPY_FROM_CLIENT: Refusal = {
  message: 'COPY from or to the client is not possible in a schema file',
  hint: 'Write INSERT statements (pg_dump --inserts does): nobody is there to send or take the data.',
};

const LEAKPROOF = ofSuperusers('LEAKPROOF');

const judgeCommand: Judge = firstOf(
  when((command) => command['subtype'] === 'AT_SetTableSpace' && isElsewhere('name')(command), ofTablespaces('SET TABLESPACE')),
  givesAway((command) => nodeAt(command, 'newowner')),
  when((command) => isConcurrent(innerAt(command, 'def')), CONCURRENTLY),
  when(is('subtype', 'AT_DisableTrigAll', 'AT_EnableTrigAll'), {
    message: 'TRIGGER ALL takes in those of foreign keys, which are for superusers, and no service is one',
    hint: 'Write TRIGGER USER: it takes in every trigger of the service.',
  }),
);

/**
 * What PostgreSQL 15 to 18 never let a service do in a schema file, by the type of the statement: test/postgres/statements.test.ts has each line
 * tried on the oldest and the newest. What is not here may go well, or fails for what is in the database.
 */
export const JUDGES: Readonly<Record<string, Judge>> = {
  TransactionStmt: always({
    message: 'a schema file cannot begin or end a transaction',
    hint: 'Remove the statement: the whole file is one transaction already, with its row in the ledger.',
  }),
  CopyStmt: firstOf(
    when(
      ({ filename }) => filename !== undefined,
      ofSuperusers('COPY from or to a file or a program of the server', 'Write INSERT statements.'),
    ),
    always(COPY_FROM_CLIENT),
  ),

  DoStmt: when(({ block }) => endsTransaction(block), {
    message: 'DO cannot end the transaction of the schema file',
    hint: `Leave COMMIT and ROLLBACK out, or begin the file with the line "${MARK}"; then the block must be safe to repeat.`,
    runsOutside: true,
  }),

  // Outside a transaction alone.
  AlterSystemStmt: always(outside('ALTER SYSTEM')),
  CreatedbStmt: always(outside('CREATE DATABASE')),
  CreateTableSpaceStmt: always(outside('CREATE TABLESPACE')),
  DropdbStmt: always(outside('DROP DATABASE')),
  DropTableSpaceStmt: always(outside('DROP TABLESPACE')),
  VacuumStmt: when(({ is_vacuumcmd: isVacuum }) => isVacuum === true, unlessOutside('VACUUM')),
  ClusterStmt: when((statement) => !('relation' in statement), unlessOutside('CLUSTER without a table')),
  DiscardStmt: when(is('target', 'DISCARD_ALL'), outside('DISCARD ALL')),
  ReindexStmt: firstOf(
    when(is('kind', 'REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE'), ofDatabase('REINDEX of the database')),
    when(is('kind', 'REINDEX_OBJECT_SCHEMA'), unlessOutside('REINDEX of a schema')),
    when(({ params }) => isOn(optionsOf(params).get('concurrently')), CONCURRENTLY),
  ),

  // Of roles.
  CreateRoleStmt: always(ofRoles('CREATE ROLE')),
  DropRoleStmt: always(ofRoles('DROP ROLE')),
  GrantRoleStmt: always(ofRoles('GRANT or REVOKE of a role')),
  AlterRoleStmt: firstOf(
    ofOthers(ofRoles('ALTER ROLE of another role')),
    when(changesMoreThanPassword, ofRoles('ALTER ROLE of more than a password')),
  ),
  AlterRoleSetStmt: firstOf(ofOthers(ofRoles('ALTER ROLE of another role')), (statement, service) =>
    judgeSet(nodeAt(statement, 'setstmt'), service),
  ),
  ReassignOwnedStmt: when(
    ({ roles, newrole }, service) => namesOthers(roles, service) || namesOthers([{ RoleSpec: newrole }], service),
    ofRoles('REASSIGN OWNED of or to another role'),
  ),
  DropOwnedStmt: when(({ roles }, service) => namesOthers(roles, service), ofRoles('DROP OWNED of another role')),
  AlterOwnerStmt: firstOf(
    when(is('objectType', 'OBJECT_DATABASE'), ofDatabase('ALTER DATABASE')),
    givesAway((statement) => nodeAt(statement, 'newowner')),
  ),
  AlterDefaultPrivilegesStmt: judgeDefaults,
  CreatePolicyStmt: namesRoles(({ roles }) => roles),
  AlterPolicyStmt: namesRoles(({ roles }) => roles),
  GrantStmt: firstOf(
    when(isNamed('OBJECT_PARAMETER_ACL'), ofSuperusers('GRANT or REVOKE on a parameter')),
    when(isNamed('OBJECT_TABLESPACE'), ofTablespaces('GRANT or REVOKE on a tablespace')),
    when(
      (statement) =>
        isNamed('OBJECT_LANGUAGE')(statement) && namesOf(statement['objects']).some((name) => ['c', 'internal'].includes(name)),
      ofSuperusers('GRANT or REVOKE on a language that is not trusted'),
    ),
    namesRoles(granteesOf),
  ),
  RenameStmt: firstOf(
    when(is('renameType', 'OBJECT_ROLE'), ofRoles('ALTER ROLE … RENAME')),
    when(is('renameType', 'OBJECT_DATABASE'), ofDatabase('ALTER DATABASE')),
    when(is('renameType', 'OBJECT_TABLESPACE'), ofTablespaces('ALTER TABLESPACE')),
  ),

  // Of the database and the server.
  AlterDatabaseStmt: always(ofDatabase('ALTER DATABASE')),
  AlterDatabaseSetStmt: always(ofDatabase('ALTER DATABASE')),
  AlterDatabaseRefreshCollStmt: always(ofDatabase('ALTER DATABASE')),
  AlterTableSpaceOptionsStmt: always(ofTablespaces('ALTER TABLESPACE')),
  CheckPointStmt: always(ofSuperusers('CHECKPOINT')),
  LoadStmt: always(ofSuperusers('LOAD')),
  SecLabelStmt: always({ message: 'no provider of security labels is loaded', hint: 'Leave the statement out.' }),
  CommentStmt: firstOf(
    when(isNamed('OBJECT_DATABASE'), ofDatabase('COMMENT ON DATABASE')),
    when(isNamed('OBJECT_ROLE'), ofRoles('COMMENT ON ROLE')),
    when(isNamed('OBJECT_TABLESPACE'), ofTablespaces('COMMENT ON TABLESPACE')),
    when(
      isNamed('OBJECT_LANGUAGE', 'OBJECT_ACCESS_METHOD', 'OBJECT_EVENT_TRIGGER', 'OBJECT_SUBSCRIPTION'),
      ofSuperusers('a comment on such an object'),
    ),
    judgeOwn((statement) => (statement['objtype'] === 'OBJECT_EXTENSION' ? [textAt(innerAt(statement, 'object'), 'sval')] : [])),
  ),

  // Of superusers.
  CreateAmStmt: always(ofSuperusers('CREATE ACCESS METHOD')),
  CreateOpClassStmt: always(ofSuperusers('CREATE OPERATOR CLASS')),
  CreateOpFamilyStmt: always(ofSuperusers('CREATE OPERATOR FAMILY')),
  AlterOpFamilyStmt: always(ofSuperusers('ALTER OPERATOR FAMILY')),
  CreatePLangStmt: always(ofSuperusers('CREATE LANGUAGE with a handler')),
  CreateFdwStmt: always(ofSuperusers('CREATE FOREIGN DATA WRAPPER')),
  AlterFdwStmt: always(ofSuperusers('ALTER FOREIGN DATA WRAPPER')),
  CreateEventTrigStmt: always(ofSuperusers('CREATE EVENT TRIGGER')),
  AlterEventTrigStmt: always(ofSuperusers('ALTER EVENT TRIGGER')),
  CreateSubscriptionStmt: always(ofSuperusers('CREATE SUBSCRIPTION')),
  AlterSubscriptionStmt: always(ofSuperusers('ALTER SUBSCRIPTION')),
  DropSubscriptionStmt: when(({ missing_ok: mayBeMissing }) => mayBeMissing !== true, ofSuperusers('DROP SUBSCRIPTION')),
  CreatePublicationStmt: when(publishesSchemas, ofSuperusers('a publication of more than named tables', 'Name the tables.')),
  AlterPublicationStmt: when(publishesSchemas, ofSuperusers('a publication of more than named tables', 'Name the tables.')),
  CreateCastStmt: when(
    (statement) => !('func' in statement) && statement['inout'] !== true,
    ofSuperusers('CREATE CAST … WITHOUT FUNCTION', 'Write WITH INOUT or WITH FUNCTION.'),
  ),
  DefineStmt: firstOf(
    when(
      is('kind', 'OBJECT_TYPE'),
      ofSuperusers('CREATE TYPE of a base type', 'Make a domain, an enum, a range or a composite type of it.'),
    ),
    when(is('kind', 'OBJECT_TSPARSER'), ofSuperusers('CREATE TEXT SEARCH PARSER')),
    when(is('kind', 'OBJECT_TSTEMPLATE'), ofSuperusers('CREATE TEXT SEARCH TEMPLATE')),
  ),
  CreateFunctionStmt: firstOf(
    when(
      (statement) => ['c', 'internal'].includes(languageOf(statement)),
      ofSuperusers('a function of the language C or of the server itself'),
    ),
    (statement, service) => whyNotInImage(languageOf(statement), service),
    when(({ options }) => isOn(optionsOf(options).get('leakproof')), LEAKPROOF),
    when(({ options }) => optionsOf(options).has('support'), ofSuperusers('SUPPORT')),
    judgeOptions(({ options }) => options),
  ),
  AlterFunctionStmt: firstOf(
    when(({ actions }) => isOn(optionsOf(actions).get('leakproof')), LEAKPROOF),
    when(({ actions }) => optionsOf(actions).has('support'), ofSuperusers('SUPPORT')),
    judgeOptions(({ actions }) => actions),
  ),

  // Of a table, an index or a schema.
  AlterTableStmt: (statement, service) =>
    nodesOf(statement['cmds'])
      .map((command) => judgeCommand(command, service))
      .find((refusal) => refusal !== undefined),
  IndexStmt: firstOf(when(isElsewhere('tableSpace'), ofTablespaces('TABLESPACE')), when(isConcurrent, CONCURRENTLY)),
  DropStmt: firstOf(
    when(isConcurrent, CONCURRENTLY),
    when(isDropped('OBJECT_EVENT_TRIGGER'), ofSuperusers('DROP EVENT TRIGGER')),
    when(isDropped('OBJECT_ACCESS_METHOD'), ofSuperusers('DROP ACCESS METHOD')),
    when(isDropped('OBJECT_LANGUAGE'), ofSuperusers('DROP LANGUAGE')),
    judgeOwn((statement) => (statement['removeType'] === 'OBJECT_EXTENSION' ? namesOf(statement['objects']) : [])),
  ),
  CreateStmt: when(isElsewhere('tablespacename'), ofTablespaces('TABLESPACE')),
  CreateTableAsStmt: when((statement) => isElsewhere('tableSpaceName')(nodeAt(statement, 'into')), ofTablespaces('TABLESPACE')),
  CreateSchemaStmt: firstOf(
    when((statement) => textAt(statement, 'schemaname').startsWith('pg_'), {
      message: "the names of schemas that begin with pg_ are PostgreSQL's",
      hint: 'Give it another name.',
    }),
    givesAway((statement) => nodeAt(statement, 'authrole')),
  ),

  CreateExtensionStmt: judgeCreate,
  AlterObjectSchemaStmt: when(
    is('objectType', 'OBJECT_EXTENSION'),
    ofSuperusers(
      'ALTER EXTENSION … SET SCHEMA',
      'Leave it out: an extension of the service is dropped and made anew WITH SCHEMA.',
    ),
  ),
  AlterExtensionStmt: judgeOwn((statement) => [textAt(statement, 'extname')]),
  VariableSetStmt: judgeSet,
};
