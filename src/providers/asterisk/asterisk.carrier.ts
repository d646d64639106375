import { LEAST, type Capabilities } from '../capabilities.js';
import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { AriConnection, type AriTiming } from './ari-connection.js';
import { AriHttp } from './ari-http.js';
import { AsteriskForm } from './asterisk.form.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import { AsteriskTest } from './asterisk-test.js';
import { ChannelNames } from './channel-names.js';
import { AsteriskCalls } from './client.js';
import { AsteriskFeed } from './feed.js';
import { MediaChannels } from './media-channels.js';
import { OpenDials } from './open-dials.js';
import { PersonChannels } from './person-channels.js';
import { ReferredCalls } from './referred-calls.js';
import { SoundChannels } from './sound-channels.js';
import { AsteriskMedia } from './stream.js';

const NAME = 'asterisk';

const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  dialIdentity: 'own-id',
  lookUp: 'alive',
  tells: ['ringing', 'answered', 'completed', 'busy', 'no-answer', 'failed', 'canceled'],
  needsPublicUrl: false,
  resumes: 'rest',
  digitsOut: 'api',
  transfers: ['blind', 'announced'],
});

/** An Asterisk: ARI for the calls, `chan_websocket` for their audio. */
export class AsteriskCarrier extends CarrierAccount {
  readonly kind = NAME;
  /** An Asterisk has no accounts. */
  readonly accountId = '';
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: AsteriskCalls;
  readonly ingress: AsteriskFeed;
  readonly media: AsteriskMedia;
  override readonly capabilities: Capabilities = CAPABILITIES;
  override readonly test: AsteriskTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: AsteriskAccount,
    readonly key: string = NAME,
    timing: Partial<AriTiming> = {},
  ) {
    super();
    this.numbers = account.fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    const ari = new AriConnection(account, timing);
    const names = new ChannelNames(account.app);
    const dials = new OpenDials();
    const media = new MediaChannels(ari, account.mediaFormat);
    this.calls = new AsteriskCalls(
      account,
      ari,
      names,
      dials,
      new AriHttp(account, timing.requestMs),
    );
    const sounds = new SoundChannels(ari, account);
    const people = new PersonChannels(ari, names, account, dials, media, sounds);
    const refers = new ReferredCalls(ari, names, account, media);
    this.ingress = new AsteriskFeed(ari, names, dials, media, people, refers, sounds);
    this.media = new AsteriskMedia(account);
    this.test = new AsteriskTest(account);
    this.shownSettings = {
      ari_url: account.ariUrl,
      username: account.username,
      app: account.app,
      dial: account.dial,
      ...(account.referTo === null ? {} : { refer_to: account.referTo }),
      from_numbers: account.fromNumbers,
      media_format: account.mediaFormat,
    };
  }
}

/** Asterisk, with the account of the environment. */
export class AsteriskKind extends CarrierKind {
  readonly name = NAME;
  readonly needs =
    'ASTERISK_ARI_URL, ASTERISK_ARI_USERNAME, ASTERISK_ARI_PASSWORD and ASTERISK_FROM_NUMBERS';
  readonly accounts: readonly AsteriskCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly tried = 'real peer';
  override readonly form = new AsteriskForm((account, key) => new AsteriskCarrier(account, key));

  override get label(): string {
    return 'Asterisk';
  }

  /** @param account null while none is configured */
  constructor(account: AsteriskAccount | null) {
    super();
    this.accounts = account ? [new AsteriskCarrier(account)] : [];
  }
}
