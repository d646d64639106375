import { VonageCarrier } from '../../src/providers/vonage/vonage.carrier.js';
import { vonageFixture } from '../support/vonage-fixture.js';
import { describeCarrier } from './carrier.contract.js';

describeCarrier(
  'Vonage',
  vonageFixture((account) => new VonageCarrier(account)),
);
