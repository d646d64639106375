import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { RawRequest } from '../../src/providers/ingress.js';
import { Nonces } from '../../src/providers/nonces.js';
import { claimsOf } from '../../src/providers/vonage/jwt.js';
import {
  JTI_KEPT_MS,
  verifyUpgrade,
  verifyWebhook,
  type Signer,
} from '../../src/providers/vonage/signature.js';
import { queryText, signedToken, type TokenContent } from '../../tools/carrier/vonage/signing.js';
import { API_KEY, APPLICATION, SECRETS } from '../support/vonage-fixture.js';

const NOW = 1_700_000_000;
const TARGET = '/api/v1/telephony/accounts/vonage/events/1';
const BODY = JSON.stringify({ uuid: 'u', status: 'answered', from_user: 'Ève' });
const THEIRS = { secret: SECRETS.account, apiKey: API_KEY, applicationId: APPLICATION };

/** The account's side; its clock is moved by what it returns. */
function newSigner(): Signer & { move(seconds: number): void } {
  let at = NOW * 1_000;
  const now = () => at;
  return {
    signatureSecret: SECRETS.account,
    apiKey: API_KEY,
    applicationId: APPLICATION,
    tokens: new Nonces(now, JTI_KEPT_MS),
    now,
    move: (seconds) => {
      at += seconds * 1_000;
    },
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokenOf = (more: Partial<TokenContent> = {}, signature: Partial<typeof THEIRS> = {}) =>
  signedToken({ ...THEIRS, ...signature }, { payload: BODY, seconds: NOW, ...more });
const post = (token: string, more: Partial<RawRequest> = {}): RawRequest => ({
  method: 'POST',
  headers: bearer(token),
  body: Buffer.from(BODY),
  target: TARGET,
  urls: [],
  ...more,
});
/** A token that says anything of itself. */
const forged = (head: object, claims: object, secret: string | null): string => {
  const text = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${secret === null ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
};

describe('a signed webhook of Vonage’s', () => {
  it('is accepted, with or without the application’s id', () => {
    expect(verifyWebhook(post(tokenOf()), newSigner())).toEqual({ valid: true });
    const bare = { secret: SECRETS.account, apiKey: API_KEY, applicationId: null };
    const token = signedToken(bare, { payload: BODY, seconds: NOW });
    expect(verifyWebhook(post(token), newSigner())).toEqual({ valid: true });
  });

  it('is refused with one byte changed, wherever it is', () => {
    const token = tokenOf();
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect([at, verifyWebhook(post(changed), newSigner()).valid]).toEqual([at, false]);
    }
    for (let at = 0; at < BODY.length; at += 1) {
      const body = Buffer.from(BODY);
      body[at] = (body[at] ?? 0) ^ 1;
      const verdict = verifyWebhook(post(token, { body }), newSigner());
      expect(verdict).toEqual({ valid: false, reason: 'body-mismatch' });
    }
  });

  it('is refused of another account, another application, or somebody else', () => {
    const mismatch = { valid: false, reason: 'mismatch' };
    const verify = (token: string) => verifyWebhook(post(token), newSigner());
    expect(verify(tokenOf({}, { secret: SECRETS.stranger }))).toEqual(mismatch);
    expect(verify(tokenOf({}, { apiKey: 'other123' }))).toEqual(mismatch);
    expect(verify(tokenOf({}, { applicationId: 'other' }))).toEqual(mismatch);
    const claims = { ...claimsOf(tokenOf(), SECRETS.account) };
    const signed = (more: object, head: object = { alg: 'HS256' }) =>
      forged(head, { ...claims, ...more }, SECRETS.account);
    expect(verify(signed({}))).toEqual({ valid: true });
    expect(verify(signed({ iss: 'Somebody' }))).toEqual(mismatch);
    expect(verify(signed({ jti: undefined }))).toEqual(mismatch);
    expect(verify(signed({}, { alg: 'none' }))).toEqual(mismatch);
    expect(verify(signed({}, { alg: 'HS512' }))).toEqual(mismatch);
    expect(verify(forged({ alg: 'none' }, claims, null))).toEqual(mismatch);
    expect(verify(signed({ payload_hash: undefined }))).toMatchObject({ valid: false });
    expect(verifyWebhook(post('', { headers: {} }), newSigner())).toEqual({
      valid: false,
      reason: 'missing',
    });
  });

  it.each([
    [-299, true],
    [-301, false],
    [299, true],
    [301, false],
  ])('whose time is %i s off is accepted: %s', (off, valid) => {
    const verdict = verifyWebhook(post(tokenOf({ seconds: NOW + off })), newSigner());
    expect(verdict).toEqual(valid ? { valid } : { valid, reason: 'expired' });
  });

  it('that says when it expires, is refused afterwards', () => {
    const claims = { ...claimsOf(tokenOf(), SECRETS.account), exp: NOW + 10 };
    const signer = newSigner();
    const token = forged({ alg: 'HS256' }, claims, SECRETS.account);
    signer.move(11);
    expect(verifyWebhook(post(token), signer)).toEqual({ valid: false, reason: 'expired' });
  });

  it('may be sent again as it was within a minute, and is a replay with anything else, or later', () => {
    const signer = newSigner();
    const token = tokenOf({ seconds: NOW });
    const replayed = { valid: false, reason: 'replayed' };
    expect(verifyWebhook(post(token), signer)).toEqual({ valid: true });
    expect(verifyWebhook(post(token), signer)).toEqual({ valid: true });
    expect(verifyWebhook(post(token, { target: `${TARGET}2` }), signer)).toEqual(replayed);
    expect(verifyUpgrade(bearer(token), signer)).toEqual(replayed);
    const another = tokenOf({
      jti: claimsOf(token, SECRETS.account)?.['jti'] as string,
      seconds: NOW + 1,
    });
    expect(verifyWebhook(post(another, { target: '/other' }), signer)).toEqual(replayed);
    signer.move(61);
    expect(verifyWebhook(post(token), signer)).toEqual(replayed);
  });

  it.each([true, false])('as a GET signs its query, escaped: %s', (isEscaped) => {
    const fields = { to: '12025550100', from: 'Zoë +1', uuid: 'u', 'SipHeader_X-A': '' };
    const query = new URLSearchParams(fields).toString();
    const get = (target: string) =>
      post(tokenOf({ payload: queryText(fields, isEscaped) }), {
        method: 'GET',
        body: Buffer.alloc(0),
        target,
      });
    expect(verifyWebhook(get(`/answer?${query}`), newSigner())).toEqual({ valid: true });
    expect(verifyWebhook(get(`/answer?${query}&more=1`), newSigner()).valid).toBe(false);
    const turned = new URLSearchParams(Object.entries(fields).toReversed()).toString();
    expect(verifyWebhook(get(`/answer?${turned}`), newSigner()).valid).toBe(false);
  });
});

describe('an upgrade of Vonage’s', () => {
  it.each([null, '', '{}'])('is accepted once, whatever its hash is of (%p)', (payload) => {
    const signer = newSigner();
    const headers = bearer(tokenOf({ payload }));
    expect(verifyUpgrade(headers, signer)).toEqual({ valid: true });
    expect(verifyUpgrade(headers, signer)).toEqual({ valid: false, reason: 'replayed' });
  });
});

/** Of the vendor's own tests; only the signature is theirs to check, for their claims are not those of a webhook. */
describe('tokens of Vonage’s own libraries', () => {
  it.each([
    [
      'Java',
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJTaW5hIiwibmFtZSI6IkphdmFfU0RLIiwiaWF0IjoxNjk4NjgwMzkyfQ.4qJpi46NSYURiLI1xoLIfGRygA8IUI2QSG9P2Kus1Oo',
      'XsA09z2MhUxYcdbXaUX3aTT7TzGmnCLfkdILf0NIyC9hN9criTEUdlI3OZ5hRjR',
    ],
    [
      'Python',
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM',
      'qwertyuiopasdfghjklzxcvbnm123456',
    ],
  ])('in %s have the signatures that we find', (_, token, secret) => {
    expect(claimsOf(token, secret)).not.toBeNull();
    expect(claimsOf(token, `${secret}x`)).toBeNull();
    const other = `${token.slice(0, token.lastIndexOf('.'))}.XsaXHXqxe2kfIbPy-JH2J6hfbHnEv8jdWsOhEuvzU98`;
    expect(claimsOf(other, secret)).toBeNull();
  });
});
