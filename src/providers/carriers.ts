import type { Type } from '@nestjs/common';
import { AsteriskKind } from './asterisk/asterisk.carrier.js';
import { AsteriskVariables } from './asterisk/asterisk.variables.js';
import type { CarrierKind } from './carrier-kind.js';
import { CloudonixKind } from './cloudonix/cloudonix.carrier.js';
import { CloudonixVariables } from './cloudonix/cloudonix.variables.js';
import { PlivoKind } from './plivo/plivo.carrier.js';
import { PlivoVariables } from './plivo/plivo.variables.js';
import { ExotelKind } from './exotel/exotel.carrier.js';
import { ExotelVariables } from './exotel/exotel.variables.js';
import { SignalWireKind } from './signalwire/signalwire.carrier.js';
import { SignalWireVariables } from './signalwire/signalwire.variables.js';
import { TexmlKind } from './telnyx-texml/texml.carrier.js';
import { TexmlVariables } from './telnyx-texml/texml.variables.js';
import { TelnyxKind } from './telnyx/telnyx.carrier.js';
import { TelnyxVariables } from './telnyx/telnyx.variables.js';
import { TwilioKind } from './twilio/twilio.carrier.js';
import { TwilioSettings } from './twilio/twilio.settings.js';
import { VobizKind } from './vobiz/vobiz.carrier.js';
import { VobizVariables } from './vobiz/vobiz.variables.js';
import { VonageKind } from './vonage/vonage.carrier.js';
import { VonageVariables } from './vonage/vonage.variables.js';

/** What the environment says of an account. */
interface Variables<Account> {
  account(): Account | null;
}

interface PluggedIn {
  /** What it is configured by, as it is injected. */
  section: Type<object>;
  /** @param settings of that section; null: nothing is configured */
  kindOf: (settings: unknown) => CarrierKind;
}

/**
 * The one list of carriers: a new one is a folder beside `twilio/` and a line here. The first account dials where a
 * request names none.
 */
export const CARRIERS: readonly PluggedIn[] = [
  // Of Twilio the account itself is injected, because the simulated carrier may take its place.
  {
    section: TwilioSettings,
    kindOf: (account) => new TwilioKind(account as TwilioSettings | null),
  },
  carrier(AsteriskVariables, AsteriskKind),
  carrier(SignalWireVariables, SignalWireKind),
  carrier(PlivoVariables, PlivoKind),
  carrier(VobizVariables, VobizKind),
  carrier(TelnyxVariables, TelnyxKind),
  carrier(TexmlVariables, TexmlKind),
  carrier(ExotelVariables, ExotelKind),
  carrier(CloudonixVariables, CloudonixKind),
  carrier(VonageVariables, VonageKind),
];

/** The carriers as they are with nothing configured: for pages that are made without a service. */
export function everyKind(): readonly CarrierKind[] {
  return CARRIERS.map(({ kindOf }) => kindOf(null));
}

function carrier<Account>(
  section: Type<Variables<Account>>,
  Kind: new (account: Account | null) => CarrierKind,
): PluggedIn {
  return {
    section,
    kindOf: (variables) => new Kind((variables as Variables<Account> | null)?.account() ?? null),
  };
}
