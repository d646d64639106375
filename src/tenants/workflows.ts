import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { BargeInEcho, SensitivityName } from '../audio/ear/sensitivity.js';
import { TURN_SILENCE_MS } from '../audio/ear/turns.js';
import type { OnMachine } from '../calls/ledger/on-machine.js';
import type { OnWait } from '../calls/ledger/on-wait.js';
import { LIVE_STATUSES } from '../calls/ledger/call-status.js';
import type { TransferTarget } from '../calls/transfers/transfer-target.js';
import { Database } from '../database/database.js';
import { KeptStatements } from '../database/kept-statements.js';
import type { Tables, WorkflowsTable } from '../database/schema.js';
import { Clock } from '../shared/clock.js';
import { Problem } from '../shared/problem.js';
import type { Caller } from './api-keys.js';
import { hold, leadersTo, type Leader, type LeadsOf } from './workflow-leads.js';
import { routesIn, type WorkflowRoute } from './workflow-routes.js';
import { addVersion, catchUpVersion, type Versioned } from './workflow-versions.js';

type Claimed = Selectable<WorkflowsTable> & { number: string };

/** Deleted ones do not count. */
export const WORKFLOWS_PER_USER = 500;
/** Characters of options, as JSON. */
const OPTIONS_PER_PAGE = 1024 * 1024;

/** A named voice application: which agent answers, with which options. */
export interface Workflow {
  workflowId: number;
  userId: number;
  /** Counted up by every change; see `WorkflowVersions`. */
  version: number;
  name: string;
  agent: string;
  agentOptions: Record<string, unknown>;
  recording: boolean;
  /** Said to the other side before a call is recorded; null: nothing. */
  recordingNotice: string | null;
  /** Whether the caller may talk over the agent. */
  bargeIn: boolean;
  /** How easily. */
  bargeInSensitivity: SensitivityName;
  /** Whether the agent's echo is reckoned with. */
  bargeInEcho: BargeInEcho;
  /** Silence that ends a turn of the caller's, in milliseconds. */
  turnSilenceMs: number;
  /** Whether recordings of its calls may be transcribed. */
  transcription: boolean;
  /** The sentence a caller hears when the agent fails; null: just a hang-up. */
  onFailure: string | null;
  /** The sentence a caller hears before a stream that is resumed late; null: nothing. */
  onResume: string | null;
  /** What a caller hears while the agent takes long; null: nothing. */
  onWait: OnWait | null;
  /** Which accounts dial its calls; empty: the first account. */
  routes: readonly WorkflowRoute[];
  /** What is done where a machine answers a call with machine detection. */
  onMachine: OnMachine;
  /** To whom its agent may transfer calls, by name; null: to nobody. */
  transferTargets: readonly TransferTarget[] | null;
  createdAt: Date;
  updatedAt: Date;
}

export type WorkflowFields = Pick<
  Workflow,
  | 'name'
  | 'agent'
  | 'agentOptions'
  | 'recording'
  | 'recordingNotice'
  | 'bargeIn'
  | 'bargeInSensitivity'
  | 'bargeInEcho'
  | 'turnSilenceMs'
  | 'transcription'
  | 'onFailure'
  | 'onResume'
  | 'onWait'
  | 'routes'
  | 'onMachine'
  | 'transferTargets'
>;

/** What a call keeps of its workflow. */
export type WorkflowSnapshot = Omit<WorkflowFields, 'name' | 'routes'> & {
  workflowVersion: number;
};

/**
 * What a call keeps of its workflow, whatever becomes of that. Where the carrier can say no sentence, a call whose
 * recording is to be announced is not recorded.
 *
 * @param says whether the call's carrier can say a sentence; default true
 */
export function snapshotOf(workflow: Workflow, says = true): WorkflowSnapshot {
  const { agent, agentOptions, recordingNotice, onFailure, onResume, onWait, onMachine } = workflow;
  const { bargeIn, bargeInSensitivity, bargeInEcho, turnSilenceMs, transferTargets, version } =
    workflow;
  const { transcription } = workflow;
  const recording = workflow.recording && (says || recordingNotice === null);
  const sentences = { recordingNotice, onFailure, onResume, onWait, onMachine };
  const listening = { bargeIn, bargeInSensitivity, bargeInEcho, turnSilenceMs, transcription };
  return {
    workflowVersion: version,
    agent,
    agentOptions,
    recording,
    transferTargets,
    ...listening,
    ...sentences,
  };
}

type WorkflowColumns = Pick<
  Selectable<WorkflowsTable>,
  | 'name'
  | 'agent'
  | 'agent_options'
  | 'recording'
  | 'recording_notice'
  | 'barge_in'
  | 'barge_in_sensitivity'
  | 'barge_in_echo'
  | 'turn_silence_ms'
  | 'transcription'
  | 'on_failure'
  | 'on_resume'
  | 'on_wait'
  | 'routes'
  | 'on_machine'
  | 'transfer_targets'
>;

export interface WorkflowPage {
  workflows: Workflow[];
  /** The last one, where there are more. */
  next: number | null;
}

/** `leaders`: the other workflows that lead to it. */
export type DeleteWorkflowResult = 'deleted' | 'not-found' | 'in-use' | { leaders: Leader[] };

@Injectable()
export class Workflows {
  private creating: Promise<unknown> = Promise.resolve();
  private readonly kept = new KeptStatements();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * One user's, by id. A page also ends where the options in it come to
   * {@link OPTIONS_PER_PAGE}, but holds one workflow at least.
   * @param after the last one of the page before
   */
  async page(userId: number, after: number | null, limit: number): Promise<WorkflowPage> {
    const { rows, next } = await this.database.read(async (db) => {
      const owned = db
        .selectFrom('workflows')
        .where('user_id', '=', userId)
        .where('workflow_id', '>', after ?? 0)
        .where('deleted_at', 'is', null)
        .orderBy('workflow_id');
      const sizes = await owned
        .select(['workflow_id', sql<number>`length(agent_options)`.as('length')])
        .limit(limit + 1)
        .execute();
      let length = 0;
      const page = sizes.slice(0, limit).filter((row, place) => {
        length += row.length;
        return place === 0 || length <= OPTIONS_PER_PAGE;
      });
      const last = page.at(-1);
      if (!last) return { rows: [], next: null };
      return {
        rows: await owned.selectAll().where('workflow_id', '<=', last.workflow_id).execute(),
        next: page.length < sizes.length ? last.workflow_id : null,
      };
    });
    return { workflows: await this.caughtUp(rows), next };
  }

  /** Whoever owns it; null when there is none, or none any more. */
  async find(workflowId: number): Promise<Workflow | null> {
    const [row] = await this.database.read((db) =>
      this.kept.run<Selectable<WorkflowsTable>>(db, 'find', [workflowId], () =>
        db
          .selectFrom('workflows')
          .selectAll()
          .where('workflow_id', '=', workflowId)
          .where('deleted_at', 'is', null),
      ),
    );
    const [workflow] = await this.caughtUp(row ? [row] : []);
    return workflow ?? null;
  }

  /**
   * The workflow that answers a called party; null when none has claimed it.
   *
   * @param names what the party may have been claimed as, see `claimKeys`; the first that is claimed counts
   */
  async answering(account: string, names: readonly string[]): Promise<Workflow | null> {
    if (names.length === 0) return null;
    const values = [account, ...names];
    const rows = await this.database.read((db) =>
      this.kept.run<Claimed>(db, `answering ${names.length}`, values, () =>
        db
          .selectFrom('phone_numbers')
          .innerJoin('workflows', 'workflows.workflow_id', 'phone_numbers.workflow_id')
          .selectAll('workflows')
          .select('phone_numbers.number')
          .where('phone_numbers.account_key', '=', account)
          .where('phone_numbers.number', 'in', names)
          .where('workflows.deleted_at', 'is', null),
      ),
    );
    const placeOf = ({ number }: Claimed): number => names.indexOf(number);
    const [first] = rows.toSorted((one, other) => placeOf(one) - placeOf(other));
    const [workflow] = await this.caughtUp(first ? [first] : []);
    return workflow ?? null;
  }

  /** Null also when it belongs to somebody else. */
  async findOwned(userId: number, workflowId: number): Promise<Workflow | null> {
    const workflow = await this.find(workflowId);
    return workflow?.userId === userId ? workflow : null;
  }

  /**
   * Null where the user has {@link WORKFLOWS_PER_USER} already.
   * @param leads the workflows to which its options lead
   * @throws Problem where one of them was deleted meanwhile
   */
  async create(
    userId: number,
    fields: WorkflowFields,
    by: Caller | null = null,
    leads: readonly number[] = [],
  ): Promise<Workflow | null> {
    // One after the other: many at once would keep each other from committing.
    const made = this.creating.then(async () => this.createNext(userId, fields, by, leads));
    this.creating = made.catch(() => null);
    return made;
  }

  private async createNext(
    userId: number,
    fields: WorkflowFields,
    by: Caller | null,
    leads: readonly number[],
  ): Promise<Workflow | null> {
    const now = this.clock.now().getTime();
    const row = await this.database.write(async (trx) => {
      // Of two instances that count at once, one fails and counts again.
      await trx
        .updateTable('users')
        .set((user) => ({ name: user.ref('name') }))
        .where('user_id', '=', userId)
        .execute();
      const { count } = await trx
        .selectFrom('workflows')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('user_id', '=', userId)
        .where('deleted_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (count >= WORKFLOWS_PER_USER) return null;
      if (!(await hold(trx, userId, leads))) {
        throw new Problem('conflict', 'A workflow to which this one leads was deleted just now.');
      }
      const made = await trx
        .insertInto('workflows')
        .values({
          user_id: userId,
          ...columns(fields),
          version: 1,
          versioned_at: now,
          created_at: now,
          updated_at: now,
          deleted_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const none = { workflowId: made.workflow_id, version: null, fields: {} };
      await addVersion(trx, none, versionedOf(made).fields, { by, at: now });
      return made;
    });
    return row && fromRow(row);
  }

  /**
   * Writes the given fields alone, so that changes made side by side are all
   * kept. Agent and options belong together: null when these are not any more
   * as in `workflow`, or it is gone. Calls already made keep what they were made with.
   *
   * @param by who changes it; null: nobody who is known
   * @param restoredFrom the version that these fields were
   * @param leads the workflows to which the new options lead; null is also returned where one is gone
   */
  async update(
    workflow: Workflow,
    changes: Partial<WorkflowFields>,
    by: Caller | null = null,
    restoredFrom: number | null = null,
    leads: readonly number[] = [],
  ): Promise<Workflow | null> {
    const { workflowId, userId, agent, agentOptions } = workflow;
    const row = await this.database.writeLocking(async (trx) => {
      const found = await this.locked(trx, workflowId);
      const isAsKnown =
        found?.agent === agent && found.agent_options === JSON.stringify(agentOptions);
      if (!isAsKnown || !(await hold(trx, userId, leads))) return undefined;
      const at = this.clock.now().getTime();
      const before = versionedOf(found);
      const version = await catchUpVersion(trx, before, found.updated_at);
      const written = { ...found, ...columns(changes) };
      return trx
        .updateTable('workflows')
        .set({
          ...columns(changes),
          version: await addVersion(trx, { ...before, version }, versionedOf(written).fields, {
            by,
            restoredFrom,
            at,
          }),
          versioned_at: at,
          updated_at: at,
        })
        .where('workflow_id', '=', workflowId)
        .returningAll()
        .executeTakeFirst();
    });
    return row ? fromRow(row) : null;
  }

  /** Rows as workflows; of what a release without versions has changed, a version is kept first. */
  private async caughtUp(rows: ReadonlyArray<Selectable<WorkflowsTable>>): Promise<Workflow[]> {
    const late = rows.filter((row) => row.version === null || row.versioned_at !== row.updated_at);
    if (late.length === 0) return rows.map(fromRow);
    const read = await this.database.writeLocking(async (trx) => {
      const young = new Map<number, Selectable<WorkflowsTable> | undefined>();
      for (const { workflow_id: id } of late) young.set(id, await this.catchUp(trx, id));
      return young;
    });
    return rows.flatMap((row) => {
      const now = read.has(row.workflow_id) ? read.get(row.workflow_id) : row;
      return now ? [fromRow(now)] : [];
    });
  }

  private async catchUp(
    trx: Transaction<Tables>,
    workflowId: number,
  ): Promise<Selectable<WorkflowsTable> | undefined> {
    const row = await this.locked(trx, workflowId);
    if (!row) return undefined;
    const version = await catchUpVersion(trx, versionedOf(row), row.updated_at);
    return trx
      .updateTable('workflows')
      .set({ version, versioned_at: row.updated_at })
      .where('workflow_id', '=', workflowId)
      .returningAll()
      .executeTakeFirst();
  }

  private locked(
    trx: Transaction<Tables>,
    workflowId: number,
  ): Promise<Selectable<WorkflowsTable> | undefined> {
    const query = trx
      .selectFrom('workflows')
      .selectAll()
      .where('workflow_id', '=', workflowId)
      .where('deleted_at', 'is', null);
    return this.database.engine.lock(query).executeTakeFirst();
  }

  /**
   * In use: a number leads to it, or a call of it is not over. Its past calls remain.
   * @param leadsOf to which workflows the options of another lead
   */
  async delete(
    userId: number,
    workflowId: number,
    leadsOf: LeadsOf = () => [],
  ): Promise<DeleteWorkflowResult> {
    return this.database.write(async (trx) => {
      const row = await trx
        .selectFrom('workflows')
        .select('workflow_id')
        .where('workflow_id', '=', workflowId)
        .where('user_id', '=', userId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (!row) return 'not-found';
      const number = await trx
        .selectFrom('phone_numbers')
        .select('number')
        .where('workflow_id', '=', workflowId)
        .limit(1)
        .executeTakeFirst();
      const call = await trx
        .selectFrom('runs')
        .select('run_id')
        .where('workflow_id', '=', workflowId)
        .where('status', 'in', LIVE_STATUSES)
        .limit(1)
        .executeTakeFirst();
      if (number || call) return 'in-use';
      const leaders = await leadersTo(trx, { userId, workflowId }, leadsOf);
      if (leaders.length > 0) return { leaders };
      await trx
        .updateTable('workflows')
        .set({ deleted_at: this.clock.now().getTime() })
        .where('workflow_id', '=', workflowId)
        .execute();
      return 'deleted';
    });
  }
}

function columns(fields: WorkflowFields): WorkflowColumns;
function columns(fields: Partial<WorkflowFields>): Partial<WorkflowColumns>;
function columns(fields: Partial<WorkflowFields>): Partial<WorkflowColumns> {
  const { name, agent, agentOptions, recording, recordingNotice } = fields;
  const { bargeIn, bargeInSensitivity, bargeInEcho, turnSilenceMs, transcription } = fields;
  const { onFailure, onResume, onWait, transferTargets, routes, onMachine } = fields;
  return {
    ...(name === undefined ? {} : { name }),
    ...(agent === undefined ? {} : { agent }),
    ...(agentOptions === undefined ? {} : { agent_options: JSON.stringify(agentOptions) }),
    ...(recording === undefined ? {} : { recording: recording ? 1 : 0 }),
    ...(recordingNotice === undefined ? {} : { recording_notice: recordingNotice }),
    ...(bargeIn === undefined ? {} : { barge_in: bargeIn ? 1 : 0 }),
    ...(bargeInSensitivity === undefined ? {} : { barge_in_sensitivity: bargeInSensitivity }),
    ...(bargeInEcho === undefined ? {} : { barge_in_echo: bargeInEcho }),
    ...(turnSilenceMs === undefined ? {} : { turn_silence_ms: turnSilenceMs }),
    ...(transcription === undefined ? {} : { transcription: transcription ? 1 : 0 }),
    ...(onFailure === undefined ? {} : { on_failure: onFailure }),
    ...(onResume === undefined ? {} : { on_resume: onResume }),
    ...(onWait === undefined ? {} : { on_wait: onWait && JSON.stringify(onWait) }),
    ...(routes === undefined
      ? {}
      : { routes: routes.length === 0 ? null : JSON.stringify(routes) }),
    ...(onMachine === undefined ? {} : { on_machine: JSON.stringify(onMachine) }),
    ...(transferTargets === undefined
      ? {}
      : { transfer_targets: transferTargets && JSON.stringify(transferTargets) }),
  };
}

/** Members of a workflow that no change of it changes. */
const LASTING: ReadonlySet<string> = new Set<keyof Workflow>([
  'workflowId',
  'userId',
  'version',
  'createdAt',
  'updatedAt',
]);

/** What is kept of a workflow in a version. */
function versionedOf(row: Selectable<WorkflowsTable>): Versioned {
  const fields = Object.entries(fromRow(row)).filter(([name]) => !LASTING.has(name));
  return {
    workflowId: row.workflow_id,
    version: row.version,
    fields: Object.fromEntries(fields),
  };
}

function fromRow(row: Selectable<WorkflowsTable>): Workflow {
  return {
    workflowId: row.workflow_id,
    userId: row.user_id,
    version: row.version ?? 1,
    name: row.name,
    agent: row.agent,
    agentOptions: JSON.parse(row.agent_options) as Record<string, unknown>,
    recording: row.recording === 1,
    recordingNotice: row.recording_notice,
    bargeIn: row.barge_in === 1,
    bargeInSensitivity: (row.barge_in_sensitivity ?? 'normal') as SensitivityName,
    bargeInEcho: (row.barge_in_echo ?? 'auto') as BargeInEcho,
    turnSilenceMs: row.turn_silence_ms ?? TURN_SILENCE_MS,
    transcription: row.transcription !== 0,
    onFailure: row.on_failure,
    onResume: row.on_resume,
    onWait: row.on_wait === null ? null : (JSON.parse(row.on_wait) as OnWait),
    routes: routesIn(row.routes),
    onMachine: row.on_machine === null ? 'ignore' : (JSON.parse(row.on_machine) as OnMachine),
    transferTargets:
      row.transfer_targets === null ? null : (JSON.parse(row.transfer_targets) as TransferTarget[]),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
