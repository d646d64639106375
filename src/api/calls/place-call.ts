import { Injectable } from '@nestjs/common';
import { CallLimits } from '../../calls/ledger/call-limits.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { IdempotencyKeys } from '../../calls/ledger/idempotency-keys.js';
import { Cluster } from '../../cluster/cluster.js';
import { LimitSettings } from '../../config/settings.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { Draining } from '../../shared/draining.js';
import { isEmergency, isPremium, parseE164 } from '../../shared/phone-number.js';
import { invalidField, notFound, Problem } from '../../shared/problem.js';
import { LATE } from '../../shared/within.js';
import { snapshotOf, Workflows, type Workflow } from '../../tenants/workflows.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import type { DialOutcome } from '../../control/dial-outcomes.js';
import { Dialler, QUEUE_LIMIT_MS } from '../../control/dialler.js';
import type { PlaceCallDto } from './place-call.dto.js';
import { sha256 } from '../../shared/sha256.js';

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
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly destinations: LimitSettings,
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
    const account = this.accountFor(body);
    const to = this.destination(body.to);
    const from = callerFor(account, body.from);
    if (to === from) throw invalidField('to', 'must be another number than "from"');
    if (body.machine_detection && !account.capabilities.machineDetection) {
      throw invalidField('machine_detection', 'is not offered by the carrier of this account');
    }
    this.assertNotDraining();
    this.cluster.assertInTouch();
    const publicOrigin = await this.originFor(account);
    const result = await this.ledger.create({
      run: newRun(body, workflow, account, to, from, publicOrigin),
      idempotency: key === null ? null : { key, bodyHash },
      limits: this.limits.now(),
      ...this.dialler.admission(account),
    });
    switch (result.kind) {
      case 'full':
        throw new Problem('concurrency_limit', whoseLimit(result), {
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
   * Chooses the account that is named, else the one that owns the caller's number, else the
   * carrier's first, else the first.
   */
  private accountFor(body: PlaceCallDto): CarrierAccount {
    const { account: key = null, provider: kind = null, from = null } = body;
    if (key !== null && !this.providers.find(key)) {
      throw invalidField('account', 'is not an account of this service');
    }
    if (kind !== null && !this.providers.hasKind(kind)) {
      throw invalidField('provider', 'is not a carrier of this service');
    }
    const fitting = this.providers
      .all()
      .filter((one) => (key === null || one.key === key) && (kind === null || one.kind === kind));
    if (key !== null && fitting.length === 0) {
      throw invalidField('account', 'is not an account of this carrier');
    }
    const account =
      fitting.find(({ numbers }) => from !== null && numbers.includes(from)) ?? fitting[0];
    if (!account) {
      throw new Problem(
        'provider_not_configured',
        `No carrier is configured. ${this.providers.howToConfigure} For simulated calls, set SIMULATED_CARRIER=on.`,
      );
    }
    return account;
  }

  /** Returns an empty text when no address is known and the account needs none. */
  private async originFor({ capabilities }: CarrierAccount): Promise<string> {
    if (!capabilities.needsPublicUrl) return this.origin.peek() ?? '';
    const origin = await this.origin.refreshForDial();
    if (origin !== null) return origin;
    throw new Problem(
      'no_public_url',
      `No public address is known, so the carrier could not reach this service. ${this.origin.report().fix ?? 'Set PUBLIC_URL.'}`,
    );
  }

  private destination(text: string): string {
    const number = parseE164(text);
    if (!number) throw invalidField('to', 'must be a phone number in E.164, such as +14155552671');
    const { allowedDestinations } = this.destinations;
    if (allowedDestinations && !allowedDestinations.includes(number.callingCode ?? '')) {
      throw invalidField('to', 'is in a country that ALLOWED_DESTINATIONS does not list');
    }
    if (isEmergency(number.e164)) throw invalidField('to', 'is an emergency number');
    if (isPremium(number.e164)) throw invalidField('to', 'is a premium-rate number');
    return number.e164;
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

function whoseLimit({ of, limit }: { of: 'all' | 'user'; limit: number }): string {
  return of === 'all'
    ? `${limit} calls are in progress, as many as this service takes at a time (MAX_CONCURRENT_CALLS).`
    : `You have ${limit} calls in progress, as many as one user may have at a time (MAX_CONCURRENT_CALLS_PER_USER; absent: three quarters of MAX_CONCURRENT_CALLS where there are several users).`;
}

function callerFor({ numbers }: CarrierAccount, from: string | undefined): string {
  const caller = from ?? numbers[0];
  if (caller === undefined || !numbers.includes(caller)) {
    throw invalidField('from', "must be one of this service's numbers at the carrier");
  }
  return caller;
}

function newRun(
  body: PlaceCallDto,
  workflow: Workflow,
  account: CarrierAccount,
  to: string,
  from: string,
  publicOrigin: string,
) {
  return {
    workflowId: workflow.workflowId,
    userId: workflow.userId,
    direction: 'outbound' as const,
    provider: account.kind,
    accountKey: account.key,
    accountId: account.accountId,
    simulated: account.simulated,
    providerCallId: null,
    from,
    to,
    context: body.context ?? {},
    ...snapshotOf(workflow, account.capabilities.says),
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
