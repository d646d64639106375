import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Log } from '../../shared/logger.js';
import { invalidField, Problem } from '../../shared/problem.js';
import { routesTo } from '../../tenants/workflow-routes.js';
import type { Workflow } from '../../tenants/workflows.js';
import type { PlaceCallDto } from './place-call.dto.js';

/** An account that may dial a call, and the number that the other side sees. */
export interface Candidate {
  account: CarrierAccount;
  from: string;
}

/** Never none. */
export type Candidates = readonly [Candidate, ...Candidate[]];

const NO_DETECTION = 'is not offered by the carrier of this account';
const SAME_NUMBER = 'must be another number than "from"';

/** Decides which accounts may dial a call. Several are in the order in which they are asked. */
@Injectable()
export class ChooseAccounts {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly log: Log,
  ) {}

  /** How many calls the account may have in progress at a time; null: it has no limit of its own. */
  limitOf(account: CarrierAccount): number | null {
    return this.providers.limitOf(account);
  }

  /**
   * The account that the request names, by its key, a number of it, or its carrier; else those of the workflow's routes;
   * else the first account.
   *
   * @param to E.164
   * @throws Problem
   */
  candidates(body: PlaceCallDto, workflow: Workflow, to: string): Candidates {
    const { account, from, provider } = body;
    const isNamed = [account, from, provider].some((one) => one !== undefined && one !== null);
    const routes = isNamed ? [] : routesTo(workflow.routes, to);
    const [first, ...others] =
      routes.length === 0 ? [this.named(body)] : this.routed(routes, workflow);
    if (!first) {
      throw new Problem(
        'provider_not_configured',
        'None of the accounts in the workflow’s routes to this number can be used: they are disabled, or not configured any more.',
      );
    }
    return fitting([first, ...others], body, to);
  }

  private routed(routes: ReturnType<typeof routesTo>, workflow: Workflow): Candidate[] {
    return routes.flatMap(({ account: key, from }) => {
      const account = this.providers.find(key);
      const caller = from ?? account?.numbers[0];
      const isOurs = caller !== undefined && account?.numbers.includes(caller);
      if (account && isOurs && this.providers.mayCall(account)) {
        return [{ account, from: caller }];
      }
      this.log.warn('route.passed_over', { workflow_id: workflow.workflowId, account: key });
      return [];
    });
  }

  /**
   * Chooses the account that is named, else the one that owns the caller's number, else the
   * carrier's first, else the first.
   */
  private named(body: PlaceCallDto): Candidate {
    const { account: key = null, provider: kind = null, from = null } = body;
    if (key !== null && this.providers.isLocked(key)) {
      throw new Problem(
        'conflict',
        `The account "${key}" cannot be used at the moment; the doctor says why (carrier-accounts).`,
      );
    }
    if (key !== null && !this.providers.find(key)) {
      throw invalidField('account', 'is not an account of this service');
    }
    if (kind !== null && !this.providers.hasKind(kind)) {
      throw invalidField('provider', 'is not a carrier of this service');
    }
    const allowed = this.providers
      .all()
      .filter((one) => (key === null || one.key === key) && (kind === null || one.kind === kind));
    if (key !== null && allowed.length === 0) {
      throw invalidField('account', 'is not an account of this carrier');
    }
    const open = allowed.filter((one) => this.providers.mayCall(one));
    const ownerIn = (accounts: readonly CarrierAccount[]) =>
      accounts.find(({ numbers }) => from !== null && numbers.includes(from));
    const account = ownerIn(open) ?? ownerIn(allowed) ?? open[0] ?? allowed[0];
    if (!account) {
      throw new Problem(
        'provider_not_configured',
        `No carrier is configured. ${this.providers.howToConfigure} Or make an account with POST /api/v1/carrier-accounts. For simulated calls, set SIMULATED_CARRIER=on.`,
      );
    }
    if (!this.providers.mayCall(account)) {
      throw new Problem(
        'conflict',
        `The account "${account.key}" is disabled and takes no new calls. Enable it, or name another.`,
      );
    }
    const caller = from ?? account.numbers[0];
    if (caller === undefined || !account.numbers.includes(caller)) {
      throw invalidField('from', "must be one of this service's numbers at the carrier");
    }
    return { account, from: caller };
  }
}

/** Those that can do what the call asks for. @throws Problem when none can */
function fitting(candidates: Candidates, body: PlaceCallDto, to: string): Candidates {
  const others = atLeastOne(
    candidates.filter(({ from }) => from !== to),
    'to',
    SAME_NUMBER,
  );
  if (!body.machine_detection) return others;
  return atLeastOne(
    others.filter(({ account }) => account.capabilities.machineDetection),
    'machine_detection',
    NO_DETECTION,
  );
}

function atLeastOne(left: readonly Candidate[], field: string, message: string): Candidates {
  const [first, ...others] = left;
  if (!first) throw invalidField(field, message);
  return [first, ...others];
}
