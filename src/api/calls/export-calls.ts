import { Injectable } from '@nestjs/common';
import { CALL_FIELD_NAMES, callJson } from '../../calls/call-json.js';
import type { ShownRun } from '../../calls/ledger/call-run.js';
import { CallList, type CallFilter } from '../../calls/ledger/call-list.js';
import { Whereabouts } from '../../calls/streams/whereabouts.js';
import { csvLine } from '../../shared/csv.js';

/** Read at a time; a store in this process answers a page while nothing else is done. */
const PAGE = 200;

/** Writes a list of calls as CSV, page by page, as fast as it is read. */
@Injectable()
export class ExportCalls {
  constructor(
    private readonly calls: CallList,
    private readonly whereabouts: Whereabouts,
  ) {}

  /**
   * Begins with the first page, so that a store which is away is an error and no broken file.
   * @param show what is to be seen of a call
   * @throws StoreUnavailableError, also from the lines
   */
  async begin(
    filter: Omit<CallFilter, 'limit'>,
    show: (run: ShownRun) => ShownRun,
  ): Promise<AsyncIterable<string>> {
    const first = await this.page(filter);
    return this.lines(filter, show, first);
  }

  private async *lines(
    filter: Omit<CallFilter, 'limit'>,
    show: (run: ShownRun) => ShownRun,
    first: ShownRun[],
  ): AsyncGenerator<string> {
    yield csvLine(CALL_FIELD_NAMES);
    let page = first;
    for (;;) {
      yield page.map((run) => this.line(show(run))).join('');
      const last = page.at(-1);
      if (page.length < PAGE || !last) return;
      page = await this.page({ ...filter, before: last.runId });
    }
  }

  private page(filter: Omit<CallFilter, 'limit'>): Promise<ShownRun[]> {
    return this.calls.find({ ...filter, limit: PAGE });
  }

  private line(run: ShownRun): string {
    const json = callJson(run, this.whereabouts.of(run));
    return csvLine(CALL_FIELD_NAMES.map((name) => json[name]));
  }
}
