import { Injectable } from '@nestjs/common';
import { CallLimits } from '../../calls/ledger/call-limits.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CreateResult, CreateRun } from '../../calls/ledger/batch.js';
import type { CallRun, DialledBy, NewRun } from '../../calls/ledger/call-run.js';
import type { LimitReached } from '../../calls/ledger/concurrency-limits.js';
import { IdempotencyKeys } from '../../calls/ledger/idempotency-keys.js';
import { Cluster } from '../../cluster/cluster.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { Draining } from '../../shared/draining.js';
import { invalidField, notFound, Problem } from '../../shared/problem.js';
import { LATE } from '../../shared/within.js';
import { snapshotOf, Workflows, type Workflow } from '../../tenants/workflows.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { passedOverEvent, type FullAccount } from '../../control/dial-events.js';
import { Destinations } from '../../control/destinations.js';
import type { DialOutcome } from '../../control/dial-outcomes.js';
import { DialRoutes, type DialRoute } from '../../control/dial-routes.js';
import { Dialler, QUEUE_LIMIT_MS } from '../../control/dialler.js';
import { sha256 } from '../../shared/sha256.js';
import { ChooseAccounts, type Candidate, type Candidates } from './choose-accounts.js';
import type { PlaceCallDto } from './place-call.dto.js';

/** How long a POST waits for the carrier before it answers with the call as it is. */
const WAIT_MS = 5_000;
const CONCURRENCY_RETRY_SECONDS = 5;

export interface Placed {
  run: CallRun;
  /** False when an earlier request with the same key made the call. */
  created: boolean;
}

/** Places a call: it is saved first and then dialled. */
@Injectable()
export class PlaceCall {
  constructor(
    private readonly ledger: CallLedger,
    private readonly keys: IdempotencyKeys,
    private readonly workflows: Workflows,
    private readonly accounts: ChooseAccounts,
    private readonly routes: DialRoutes,
    private readonly origin: PublicOrigin,
    private readonly destinations: Destinations,
    private readonly limits: CallLimits,
    private readonly draining: Draining,
    private readonly cluster: Cluster,
    private readonly dialler: Dialler,
  ) {}

  /** @throws Problem */
  async place(userId: number, body: PlaceCallDto, key: string | null): Promise<Placed> {
    const bodyHash = hashBody(body);
    const earlier = key === null ? null : await this.keys.find(userId, key);
    if (earlier) return this.repeat(earlier.run, earlier.bodyHash, bodyHash);

    const workflow = await this.workflows.findOwned(userId, body.workflow_id);
    if (!workflow) throw notFound('workflow');
    const to = this.destination(body.to);
    const candidates = this.accounts.candidates(body, workflow, to);
    this.assertNotDraining();
    this.cluster.assertInTouch();
    const { publicOrigin, reached } = await this.originFor(candidates);
    const { result, account } = await this.create(reached.map(routeOf(workflow)), (fields) => ({
      run: newRun(body, workflow, fields, to, publicOrigin),
      idempotency: key === null ? null : { key, bodyHash },
    }));
    switch (result.kind) {
      case 'full':
        throw new Problem('concurrency_limit', whoseLimit(result, account, reached.length), {
          retryAfterSeconds: CONCURRENCY_RETRY_SECONDS,
        });
      case 'queue-full':
        throw queueFull(account, result.waitMs);
      case 'exists':
        return this.repeat(result.run, result.bodyHash, bodyHash);
      case 'created': {
        const outcome = await this.dialler.dial(result.run, account, WAIT_MS);
        const run = outcome === LATE ? await this.reload(result.run) : runOf(outcome);
        return { run, created: true };
      }
      default:
        return result satisfies never;
    }
  }

  /** Saves the call at the first of its routes that has room for it. */
  private async create(
    routes: readonly DialRoute[],
    request: (fields: DialledBy) => Pick<CreateRun, 'run' | 'idempotency'>,
  ): Promise<{ result: CreateResult; account: CarrierAccount }> {
    const full: FullAccount[] = [];
    let seen: { result: CreateResult; account: CarrierAccount } | null = null;
    for (;;) {
      const chosen = await this.routes.first(routes, new Set(full.map((one) => one.account)));
      if (!chosen) break;
      const { account, fields } = chosen;
      const { queue, begin } = this.dialler.admission(account);
      const result = await this.ledger.create({
        ...request(fields),
        limits: { ...this.limits.now(), perAccount: this.accounts.limitOf(account) },
        queue,
        begin: (draft) => {
          begin(draft);
          for (const one of full) draft.record(passedOverEvent(one));
        },
      });
      if (result.kind !== 'full' || result.of !== 'account') return { result, account };
      // What is said is what the best route said.
      seen ??= { result, account };
      full.push({ account: account.key, limit: result.limit });
    }
    if (!seen) throw new Error('a call without an account');
    return seen;
  }

  /**
   * A repeated key returns the same call, once the first request is done or has been under way for
   * a while.
   */
  private async repeat(run: CallRun, storedHash: string | null, bodyHash: string): Promise<Placed> {
    if (storedHash !== bodyHash) {
      throw new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key was used with another body. Use a new key for a new call.',
        { workflow_run_id: run.runId },
      );
    }
    if (!(await this.dialler.isDecided(run, WAIT_MS))) {
      throw new Problem('conflict', 'The first request with this key is still under way.', {
        workflow_run_id: run.runId,
        retryAfterSeconds: 1,
      });
    }
    return { run: await this.reload(run), created: false };
  }

  /**
   * The address under which carriers reach us; empty when none is known. Then only the accounts that need none are left.
   */
  private async originFor(
    candidates: Candidates,
  ): Promise<{ publicOrigin: string; reached: readonly Candidate[] }> {
    const source = this.origin.of(candidates[0].account);
    // A call keeps its address, and the simulated carrier may have another than the others.
    const alike = candidates.filter(({ account }) => this.origin.of(account) === source);
    const without = alike.filter(({ account }) => !account.capabilities.needsPublicUrl);
    const known = without.length === alike.length ? source.peek() : await source.refreshForDial();
    if (known !== null) return { publicOrigin: known, reached: alike };
    if (without.length > 0) return { publicOrigin: '', reached: without };
    throw new Problem(
      'no_public_url',
      `No public address is known, so the carrier could not reach this service. ${source.report().fix ?? 'Set PUBLIC_URL.'}`,
    );
  }

  private destination(text: string): string {
    const problem = this.destinations.problemWith(text);
    if (problem !== null) throw invalidField('to', problem);
    return text;
  }

  private assertNotDraining(): void {
    if (!this.draining.active) return;
    throw new Problem('draining', 'This instance is stopping and takes no new calls.', {
      retryAfterSeconds: CONCURRENCY_RETRY_SECONDS,
    });
  }

  private async reload(run: CallRun): Promise<CallRun> {
    return (await this.ledger.find({ runId: run.runId })) ?? run;
  }
}

/** @throws Problem when the carrier did not take the call */
function runOf(outcome: DialOutcome): CallRun {
  const { run } = outcome;
  switch (outcome.kind) {
    case 'placed':
      return run;
    case 'rejected':
      throw new Problem('provider_rejected', `The carrier refused the call: ${outcome.reason}`, {
        workflow_run_id: run.runId,
      });
    case 'unavailable':
      throw new Problem('provider_unavailable', `The call was not placed: ${outcome.reason}`, {
        workflow_run_id: run.runId,
      });
    default:
      return outcome satisfies never;
  }
}

function queueFull({ key, callsPerSecond }: CarrierAccount, waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1_000);
  return new Problem(
    'queue_full',
    `The call would be dialled in ${seconds} s, which is more than the ${QUEUE_LIMIT_MS / 1_000} s that a call may wait: the account "${key}" dials ${callsPerSecond} calls a second. Nothing was saved.`,
    { retryAfterSeconds: Math.max(1, Math.ceil((waitMs - QUEUE_LIMIT_MS) / 1_000)) },
  );
}

function whoseLimit({ of, limit }: LimitReached, { key }: CarrierAccount, routes: number): string {
  if (of === 'account') {
    const others = routes > 1 ? ' The other accounts that may dial the call are full, too.' : '';
    return `${limit} calls are in progress at the account "${key}", as many as it takes at a time (its max_concurrent_calls).${others}`;
  }
  return of === 'all'
    ? `${limit} calls are in progress, as many as this service takes at a time (MAX_CONCURRENT_CALLS).`
    : `You have ${limit} calls in progress, as many as one user may have at a time (MAX_CONCURRENT_CALLS_PER_USER; absent: three quarters of MAX_CONCURRENT_CALLS where there are several users).`;
}

/** What a call of the workflow is like where a candidate dials it. */
function routeOf(workflow: Workflow) {
  return ({ account, from }: Candidate) => ({
    account,
    from,
    recording: snapshotOf(workflow, account.capabilities.says).recording,
  });
}

function newRun(
  body: PlaceCallDto,
  workflow: Workflow,
  dialledBy: DialledBy,
  to: string,
  publicOrigin: string,
): NewRun {
  return {
    workflowId: workflow.workflowId,
    userId: workflow.userId,
    direction: 'outbound',
    providerCallId: null,
    to,
    context: body.context ?? {},
    ...snapshotOf(workflow),
    ...dialledBy,
    publicOrigin,
    ringTimeoutSeconds: body.ring_timeout_seconds ?? 60,
    maxDurationSeconds: body.max_duration_seconds ?? 3_600,
    machineDetection: body.machine_detection ?? null,
  };
}

/** Hashes the meaning, not the bytes: the order of members does not matter. */
function hashBody(body: PlaceCallDto): string {
  return sha256(JSON.stringify(sorted(body)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
