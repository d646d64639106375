import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { anyText } from '../../test/support/any-text.js';
import {
  claimableParty,
  claimKeys,
  isE164,
  maskPartiesIn,
  maskParty,
  PARTY_MAX,
  parseParty,
  partyKey,
} from './party.js';

const NUMBER = '+14155552671';

describe('E.164 by shape', () => {
  it.each([
    '+1234567',
    '+123456789012345',
    NUMBER,
    '+5215512345678',
    '+5411150001234',
    '+9991234567',
  ])('%s is a number, whatever numbering plans say', (text) => expect(isE164(text)).toBe(true));

  it.each([
    '',
    '+',
    '+123456',
    '+1234567890123456',
    '+0155512345',
    '14155552671',
    '0014155552671',
    '+1 415 555 2671',
    '+1(415)555-2671',
    '+14155552671\n',
    '+14155552671;ext=5',
    '+1415555CALL',
    '+١٤١٥٥٥٥٢٦٧١',
    'sip:+14155552671@x',
  ])('%j is none', (text) => expect(isE164(text)).toBe(false));
});

describe('a party', () => {
  it.each([
    // text, kind, number, address
    [NUMBER, 'number', NUMBER, null],
    ['14155552671', 'number', NUMBER, null],
    ['0014155552671', 'number', NUMBER, null],
    ['+1 (415) 555-2671', 'number', NUMBER, null],
    ['tel:+1-415-555-2671;ext=5', 'number', NUMBER, null],
    ['"Anna" <+14155552671>', 'number', NUMBER, null],
    ['sip:+14155552671@sip.example.com', 'sip', NUMBER, 'sip:+14155552671@sip.example.com'],
    [
      'sip:+14155552671@Sip.Example.COM:5060;transport=tls?x=y@z',
      'sip',
      NUMBER,
      'sip:+14155552671@sip.example.com',
    ],
    ['sip:14155552671@10.0.0.7:5080', 'sip', NUMBER, 'sip:14155552671@10.0.0.7:5080'],
    ['sip:0014155552671@x.', 'sip', NUMBER, 'sip:0014155552671@x'],
    ['sip:%2B14155552671@x', 'sip', NUMBER, 'sip:+14155552671@x'],
    ['sip:+1-415-555-2671@x;user=phone', 'sip', NUMBER, 'sip:+1-415-555-2671@x'],
    ['sip:+14155552671;npdi=yes@x', 'sip', NUMBER, 'sip:+14155552671@x'],
    ['sip:+14155552671', 'sip', NUMBER, 'sip:+14155552671'],
    ['SIPS:Anna.Smith:secret@[2001:DB8::1]:5061', 'sip', null, 'sip:Anna.Smith@[2001:db8::1]'],
    ['"Anna" <sip:anna@example.com>;tag=1', 'sip', null, 'sip:anna@example.com'],
    ['sip:1001@pbx', 'sip', null, 'sip:1001@pbx'],
    ['sip:a%40b@x', 'sip', null, 'sip:a%40b@x'],
    ['sip:%E0%A4@x', 'sip', null, 'sip:%E0%A4@x'],
    ['sip:example.com', 'sip', null, 'sip:example.com'],
    ['sip:', 'sip', null, 'sip:'],
    ['whatsapp:+14155552671', 'whatsapp', NUMBER, 'whatsapp:+14155552671'],
    ['WhatsApp:14155552671', 'whatsapp', NUMBER, 'whatsapp:14155552671'],
    ['client:anna?room=5', 'client', null, 'client:anna'],
    ['client:Anna', 'client', null, 'client:Anna'],
    ['client:+14155552671', 'client', NUMBER, 'client:+14155552671'],
    ['client:', 'client', null, 'client:'],
    ['anonymous', 'other', null, null],
    ['', 'other', null, null],
    ['   ', 'other', null, null],
    ['911', 'other', null, null],
    ['02079460958', 'other', null, null],
    ['tel:911', 'other', null, null],
    ['+1234567890123456', 'other', null, null],
    ['Anna Smith', 'other', null, null],
    ['<', 'other', null, null],
    ['a>b<', 'other', null, null],
  ] as const)('told as %j is read', (text, kind, number, address) => {
    expect(parseParty(text)).toEqual({ told: text.trim(), kind, number, address });
  });

  it('is cut when it is too long, and its number is still found', () => {
    const long = parseParty(`sip:${NUMBER}@x;${'a=b;'.repeat(70)}`);
    expect(long).toMatchObject({ number: NUMBER, address: `sip:${NUMBER}@x` });
    expect(long.told).toHaveLength(PARTY_MAX);
    const named = parseParty(`"${'A'.repeat(300)}" <sip:${NUMBER}@x>`);
    expect(named).toMatchObject({ told: `sip:${NUMBER}@x`, number: NUMBER });
    expect(parseParty('x'.repeat(PARTY_MAX)).told).toHaveLength(PARTY_MAX);
    expect(parseParty(`${'x'.repeat(PARTY_MAX - 1)}😀`).told).toHaveLength(PARTY_MAX - 1);
  });

  it('is kept without characters that a store cannot keep', () => {
    expect(parseParty('Anna\0\r\n\ud800').told).toBe('Anna');
  });

  it.each([
    [NUMBER, NUMBER],
    ['14155552671', NUMBER],
    [`sip:14155552671@x;user=phone`, NUMBER],
    [`whatsapp:${NUMBER}`, NUMBER],
    ['sip:Anna@Example.com:5061', 'sip:Anna@example.com'],
    ['sips:anna@example.com', 'sip:anna@example.com'],
    ['client:Anna?x=1', 'client:Anna'],
    ['Anonymous', 'anonymous'],
    ['<Anna>', 'anna'],
    ['', ''],
  ])('told as %j is found as %j', (text, key) => expect(partyKey(parseParty(text))).toBe(key));

  it.each([
    [NUMBER, [NUMBER]],
    [`sip:${NUMBER}@x;y`, [`sip:${NUMBER}@x`, NUMBER]],
    [`whatsapp:${NUMBER}`, [`whatsapp:${NUMBER}`, NUMBER]],
    ['client:anna', ['client:anna']],
    ['anonymous', []],
    ['', []],
  ])('called as %j may have been claimed as %j', (text, keys) => {
    expect(claimKeys(parseParty(text))).toEqual(keys);
  });

  it.each([
    [NUMBER, NUMBER],
    ['+5215512345678', '+5215512345678'],
    ['sip:Sales@Acme.Sip.Example.com:5060;x=y', 'sip:Sales@acme.sip.example.com'],
    ['sips:sales@[2001:db8::1]:5062', 'sip:sales@[2001:db8::1]:5062'],
    [`sip:${NUMBER}@x.example`, `sip:${NUMBER}@x.example`],
  ])('%j is claimed as %j', (text, claimed) => expect(claimableParty(text)).toBe(claimed));

  it.each([
    '14155552671',
    'tel:+14155552671',
    'client:anna',
    `whatsapp:${NUMBER}`,
    'anonymous',
    '911',
  ])('%j cannot be claimed', (text) => expect(claimableParty(text)).toBeNull());
  it.each([
    '',
    'sip:',
    'sip:anna',
    'sip:@x',
    'sip:anna@',
    'sip:anna@a b',
    'sip:a@b@c',
    'sip:a@b:x',
  ])('%j cannot be claimed', (text) => expect(claimableParty(text)).toBeNull());
});

describe('a masked party', () => {
  it.each([
    [NUMBER, '+•••••••••71'],
    ['14155552671', '•••••••••71'],
    ['911', '•11'],
    ['11', '11'],
    ['sip:anna.smith@pbx.example.com', 'sip:•••@pbx.example.com'],
    ['"Anna Smith" <sip:anna@x>;tag=anna', 'sip:•••@x'],
    ['sips:anna:secret@x;who=anna?from=anna', 'sip:•••@x'],
    [`sip:${NUMBER}@x;user=phone`, 'sip:+•••••••••71@x'],
    ['sip:anna', 'sip:•••'],
    ['client:anna.smith', 'client:•••'],
    ['client:', 'client:'],
    [`whatsapp:${NUMBER}`, 'whatsapp:+•••••••••71'],
    ['tel:+1-415-555-2671', 'tel:•••'],
    ['Anna Smith', '•••'],
    ['Smith, Anna <+14155552671>', '+•••••••••71'],
    ['Anonymous', 'Anonymous'],
    ['client:anonymous', 'client:anonymous'],
    ['', ''],
  ])('of %j shows %j', (text, masked) => expect(maskParty(text)).toBe(masked));
});

describe('a text about parties', () => {
  it.each([
    [`call to ${NUMBER} failed`, 'call to [number] failed'],
    ['From=%2B14155552671&y=1', 'From=[number]&y=1'],
    ['tel:911 sip:14155552671@host', '[number] [number]@host'],
    ['Invalid: sip:anna.smith@host;x', 'Invalid: sip:[name]@host;x'],
    ['To=sip%3Aanna%40host', 'To=sip%3A[name]%40host'],
    ['"from":"client:anna"', '"from":"client:[name]"'],
    [`whatsapp:${NUMBER}, x`, '[number], x'],
    ['client: it is closed', 'client: it is closed'],
    ['5, +5 and +123456', '5, +5 and +123456'],
  ])('%j is told as %j', (text, masked) => expect(maskPartiesIn(text)).toBe(masked));
});

describe('of any text', () => {
  const digits = fc.stringMatching(/^[1-9]\d{6,14}$/);
  const word = anyText({ maxLength: 300 });
  const piece = fc.oneof(
    word,
    digits,
    fc.constantFrom(
      'sip:',
      'sips:',
      'client:',
      'whatsapp:',
      'tel:',
      '+',
      '00',
      '@',
      ';',
      '?',
      ':5060',
    ),
    fc.constantFrom('<', '>', '%2B', '%40', '.', ' ', '\0', 'A', '[::1]'),
  );
  const party = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('a party is read without throwing, bounded, and once read reads the same', () => {
    fc.assert(
      fc.property(party, (text) => {
        const read = parseParty(text);
        const key = partyKey(read);
        expect(read.told.length).toBeLessThanOrEqual(PARTY_MAX);
        expect(key.length).toBeLessThanOrEqual(PARTY_MAX);
        expect(parseParty(read.told)).toEqual(read);
        expect(partyKey(parseParty(key))).toBe(key);
        expect(read.number === null || isE164(read.number)).toBe(true);
        const claimed = claimableParty(text);
        if (claimed !== null) expect(claimableParty(claimed)).toBe(claimed);
        expect(maskParty(maskParty(text))).toBe(maskParty(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a number is found in every notation', () => {
    const clothes = fc.constantFrom<(number: string) => string>(
      (number) => `+${number}`,
      (number) => number,
      (number) => `00${number}`,
      (number) => `sip:+${number}@pbx.example.com:5060;user=phone`,
      (number) => `"A" <sips:${number}@10.0.0.1>`,
      (number) => `whatsapp:+${number}`,
      (number) => `tel:+${number}`,
    );
    fc.assert(
      fc.property(digits, clothes, (number, wear) => {
        expect(partyKey(parseParty(wear(number)))).toBe(`+${number}`);
        expect(maskParty(wear(number))).not.toContain(number.slice(0, -2));
        expect(maskPartiesIn(`x +${number}.`)).toBe('x [number].');
      }),
    );
  });

  it('no name survives masking', () => {
    const name = fc.stringMatching(/^[a-z]{2,8}[._-][a-z]{9,12}$/);
    const clothes = fc.constantFrom(
      'sip:NAME@x',
      'sips:NAME@x;y',
      'client:NAME',
      'whatsapp:NAME',
      'NAME',
    );
    fc.assert(
      fc.property(name, clothes, (who, wear) => {
        const told = wear.replace('NAME', who);
        expect(maskParty(told)).not.toContain(who.slice(0, 4));
        if (told !== who) expect(maskPartiesIn(`to ${told}, x`)).not.toContain(who);
      }),
    );
  });
});
