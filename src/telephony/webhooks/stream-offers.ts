import { Injectable } from '@nestjs/common';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { Refusals } from '../../calls/refusals.js';
import { streamMoved } from '../../calls/streams/stream-events.js';
import { StreamSettings } from '../../config/settings.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { actionUrl, streamUrl } from '../../urls/call-urls.js';
import { hashToken } from '../../urls/stream-token.js';
import { AnswerLoops } from './answer-loops.js';
import { sentenceBefore } from './decide-answer.js';

/** How long a token that is part of a path remains valid. */
const PATH_TOKEN_SECONDS = 15;
/** A slow voice. */
const MS_PER_CHARACTER = 100;

/** Instructions that connect a call to a media stream. */
@Injectable()
export class StreamOffers {
  constructor(
    private readonly settings: StreamSettings,
    private readonly loops: AnswerLoops,
    private readonly providers: ProviderRegistry,
    private readonly refusals: Refusals,
  ) {}

  /**
   * Mints the token, in the draft's transaction.
   * @param token made before, because a draft's work may be repeated
   * @returns null: the call is in a loop, and is to be hung up
   */
  offer(draft: RunDraft, account: CarrierAccount, token: string): AnswerInstruction | null {
    const { run } = draft;
    const inPath = account.capabilities.streamToken === 'path';
    if (this.loops.isLoop(run.runId, draft.now)) {
      const { runId } = run;
      this.refusals.note({ surface: 'answer', reason: 'answer-loop', httpStatus: 200, runId });
      draft.requestHangup('stream_lost');
      return null;
    }
    const { tokenTtlSeconds } = this.settings;
    // More people see a path than a message.
    const ttlSeconds = inPath ? Math.min(PATH_TOKEN_SECONDS, tokenTtlSeconds) : tokenTtlSeconds;
    draft.mintToken({
      tokenHash: hashToken(token),
      providerCallId: run.providerCallId ?? '',
      expiresAt: new Date(draft.now.getTime() + ttlSeconds * 1000),
    });
    const notice = account.capabilities.says ? sentenceBefore(run, draft.streams, draft.now) : null;
    if (notice !== null && draft.streams.isGone) waitFor(notice, draft);
    return {
      kind: 'stream',
      streamUrl: streamUrl(run.publicOrigin, run, inPath ? token : null),
      actionUrl: actionUrl(
        { origin: run.publicOrigin, key: this.providers.pathKeyOf(account) },
        run,
      ),
      token,
      notice,
    };
  }
}

/**
 * While a sentence is said in place of a lost stream, the call is neither hung up for the want of
 * another one nor told anew to connect to one.
 */
function waitFor(sentence: string, draft: RunDraft): void {
  const { streams } = draft;
  if (streams.wasGivenUp) {
    draft.record(streamMoved({ generation: streams.generation, streamId: streams.streamId }));
  }
  const { checkAt } = draft.run;
  if (checkAt === null) return;
  const times = [new Date(checkAt.getTime() + sentence.length * MS_PER_CHARACTER)];
  if (draft.limit) times.push(draft.limit);
  draft.change({ checkAt: times.reduce((one, other) => (other < one ? other : one)) });
}
