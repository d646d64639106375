import { Param, type PipeTransform } from '@nestjs/common';
import { notFound } from '../../shared/problem.js';
import { ACCOUNT_KEY } from './carrier-account.dto.js';

class AccountKeyPipe implements PipeTransform<string, string> {
  transform(text: string): string {
    if (!ACCOUNT_KEY.test(text)) throw notFound('carrier account');
    return text;
  }
}

/** The path parameter `key`: the key of an account, else 404, because no account can have it. */
export function AccountKeyParam(): ParameterDecorator {
  return Param('key', new AccountKeyPipe());
}
