import { Injectable } from '@nestjs/common';
import type { Selectable, Transaction } from 'kysely';
import { Database } from '../database/database.js';
import type { Tables, WorkflowVersionsTable } from '../database/schema.js';
import { inSnakeCase } from '../shared/snake-case.js';
import type { Caller } from './api-keys.js';
import { changesBetween, type Content } from './workflow-changes.js';

/** The newest of each workflow; what is older goes. */
export const VERSIONS_PER_WORKFLOW = 500;
/** More names than these are not kept of one change. */
const CHANGED_MAX = 100;
/** A field, and an option within: what is deeper in an option may be part of a secret. */
const CHANGED_DEPTH = 2;

/** What a workflow became at one time. */
export interface WorkflowVersion {
  workflowId: number;
  version: number;
  /** Which fields and options differ from the version before, as the API names them. */
  changed: readonly string[];
  /** Null: a release that keeps no versions has made it, or it is the first that was kept. */
  madeBy: (Caller & { keyName: string | null }) | null;
  /** The version that was restored; null: none was. */
  restoredFrom: number | null;
  createdAt: Date;
}

/** Why there is a new version. */
export interface Authorship {
  /** Null: not known. */
  by: Caller | null;
  restoredFrom?: number | null;
  at: number;
}

/** A workflow as it is in the store, locked by the transaction. */
export interface Versioned {
  workflowId: number;
  /** Null: none was kept yet. */
  version: number | null;
  fields: Content;
}

/** What workflows were. Versions are added and never changed. */
@Injectable()
export class WorkflowVersions {
  constructor(private readonly database: Database) {}

  /** Newest first, without their fields. */
  async list(workflowId: number, before: number | null, limit: number): Promise<WorkflowVersion[]> {
    return this.database.read(async (db) => {
      const rows = await db
        .selectFrom('workflow_versions')
        .leftJoin('api_keys', 'api_keys.key_id', 'workflow_versions.key_id')
        .select([
          'workflow_id',
          'version',
          'changed',
          'workflow_versions.user_id',
          'workflow_versions.key_id',
          'restored_from',
          'workflow_versions.created_at',
          'api_keys.name as key_name',
        ])
        .where('workflow_id', '=', workflowId)
        .$if(before !== null, (query) => query.where('version', '<', before ?? 0))
        .orderBy('version', 'desc')
        .limit(limit)
        .execute();
      return rows.map(fromRow);
    });
  }

  /** One version, and the fields as they were; null: there is none, or none any more. */
  async find(
    workflowId: number,
    version: number,
  ): Promise<{ version: WorkflowVersion; fields: Content } | null> {
    const [found] = await this.list(workflowId, version + 1, 1);
    if (found?.version !== version) return null;
    const fields = await this.database.read((db) => fieldsOf(db, workflowId, version));
    return fields && { version: found, fields };
  }
}

/**
 * Keeps what a release that keeps no versions has made of a workflow. To be called in the transaction that
 * has locked it.
 *
 * @param changedAt when it was changed last
 * @returns the number of the version that the workflow is
 */
export async function catchUpVersion(
  trx: Transaction<Tables>,
  now: Versioned,
  changedAt: number,
): Promise<number> {
  const { workflowId, version, fields } = now;
  const kept = version === null ? null : await fieldsOf(trx, workflowId, version);
  // What a release has added to workflows since is no change of this one.
  const before = { ...fields, ...kept };
  return addVersion(trx, { ...now, fields: before }, fields, { by: null, at: changedAt });
}

/**
 * Keeps what becomes of a workflow; the version stays where nothing differs. To be called in the transaction
 * that changes it.
 */
export async function addVersion(
  trx: Transaction<Tables>,
  { workflowId, version, fields: before }: Versioned,
  fields: Content,
  { by, restoredFrom = null, at }: Authorship,
): Promise<number> {
  const changed = version === null ? [] : changedFields(before, fields);
  if (version !== null && changed.length === 0) return version;
  const next = (version ?? 0) + 1;
  await trx
    .insertInto('workflow_versions')
    .values({
      workflow_id: workflowId,
      version: next,
      fields: JSON.stringify(fields),
      changed: JSON.stringify(changed),
      user_id: by?.userId ?? null,
      key_id: by?.keyId ?? null,
      restored_from: restoredFrom,
      created_at: at,
    })
    .execute();
  await trx
    .deleteFrom('workflow_versions')
    .where('workflow_id', '=', workflowId)
    .where('version', '<=', next - VERSIONS_PER_WORKFLOW)
    .execute();
  return next;
}

function changedFields(before: Content, after: Content): string[] {
  const changes = changesBetween(namedAsInApi(before), namedAsInApi(after), CHANGED_DEPTH);
  return changes.slice(0, CHANGED_MAX).map(({ path }) => path.join('.'));
}

/** Fields by their names in the API. */
export function namedAsInApi(fields: Content): Content {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [inSnakeCase(name), value]),
  );
}

async function fieldsOf(
  db: Pick<Transaction<Tables>, 'selectFrom'>,
  workflowId: number,
  version: number,
): Promise<Content | null> {
  const row = await db
    .selectFrom('workflow_versions')
    .select('fields')
    .where('workflow_id', '=', workflowId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row ? (JSON.parse(row.fields) as Content) : null;
}

function fromRow(
  row: Omit<Selectable<WorkflowVersionsTable>, 'fields'> & { key_name: string | null },
): WorkflowVersion {
  const { user_id: userId, key_id: keyId } = row;
  return {
    workflowId: row.workflow_id,
    version: row.version,
    changed: JSON.parse(row.changed) as string[],
    madeBy: userId === null || keyId === null ? null : { userId, keyId, keyName: row.key_name },
    restoredFrom: row.restored_from,
    createdAt: new Date(row.created_at),
  };
}
