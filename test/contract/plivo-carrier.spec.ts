import { PLIVO } from '../../src/providers/plivo/dialect.js';
import { VOBIZ } from '../../src/providers/vobiz/vobiz.dialect.js';
import { PLIVO_FACE, VOBIZ_FACE } from '../../tools/carrier/plivo/faces.js';
import { plivoFixture } from '../support/plivo-fixture.js';
import { describeCarrier } from './carrier.contract.js';

describeCarrier('Plivo', plivoFixture(PLIVO, PLIVO_FACE));
describeCarrier('Vobiz', plivoFixture(VOBIZ, VOBIZ_FACE));
