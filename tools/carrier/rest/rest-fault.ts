/** `numbers` lists the account's numbers; `number` reads or changes one. */
export type RestOperation =
  'create' | 'fetch' | 'update' | 'list' | 'numbers' | 'number' | 'account' | 'alerts';

/** Something that goes wrong with a REST request. */
export interface RestFault {
  /** Default `create`. */
  operation?: RestOperation;
  /** Limits the fault to calls to this number (`create` only). */
  to?: string;
  /** How many requests it hits. Default 1. */
  times?: number;
  /** The reply comes this many milliseconds late. */
  delayMs?: number;
  /**
   * - `lost`: the connection is destroyed, and there is no reply
   * - a status: the reply has this status in Twilio's error shape, or with `body` unchanged
   * - a page: a proxy's HTML with this status replaces the true reply
   * - absent: the true reply
   */
  reply?:
    | 'lost'
    | { page: number }
    | {
        status: number;
        code?: number;
        message?: string;
        headers?: Record<string, string>;
        body?: string;
      };
  /**
   * Whether the request is carried out all the same. Default: yes, unless `reply` is a
   * status. With a page it is carried out if Twilio would have done so. A 500 with
   * `carriedOut: true` is a dial of which the client never learns.
   */
  carriedOut?: boolean;
}

/** What a proxy between the gateway and the carrier sends in place of the carrier's reply. */
export function proxyPage(status: number): string {
  return `<!doctype html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>proxy</body></html>\n`;
}

/** The faults that are still to come. */
export class RestFaults {
  private readonly pending: Array<RestFault & { left: number }> = [];

  add(fault: RestFault): void {
    this.pending.push({ ...fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.pending.length = 0;
  }

  /** The first fault that fits this request. One of its uses is then spent. */
  take(operation: RestOperation, to: string | undefined): RestFault | null {
    const index = this.pending.findIndex(
      (fault) =>
        (fault.operation ?? 'create') === operation && (fault.to === undefined || fault.to === to),
    );
    const fault = this.pending[index];
    if (!fault) return null;
    if (--fault.left <= 0) this.pending.splice(index, 1);
    return fault;
  }
}
