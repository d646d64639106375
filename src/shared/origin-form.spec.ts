import { expect, test } from '@jest/globals';
import { originForm } from './origin-form.js';

test.each([
  ['/a?b=c', '/a?b=c'],
  ['/', '/'],
  ['*', '*'],
  ['http://gw.example/a/%2F?b=c', '/a/%2F?b=c'],
  ['HTTPS://user@gw.example:8443/a', '/a'],
  ['http://[::1]:80', '/'],
  ['http://gw.example?b=c', '/?b=c'],
  ['http:/a', 'http:/a'],
  ['/http://gw.example/a', '/http://gw.example/a'],
])('%s is asked for as %s', (target, path) => {
  expect(originForm(target)).toBe(path);
});
