import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../src/operations/docs/openapi.js';

type Tree = { [key: string]: Tree };

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const pointer = (keys: readonly string[]): string => keys.map((key) => `/${escaped(key)}`).join('');

/** The service's OpenAPI document, to hold replies and examples against. */
export class ApiDescription {
  readonly document = openApiDocument('0.0.0');
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor() {
    this.ajv.addSchema(this.document, 'openapi');
  }

  at(...keys: string[]): Tree | undefined {
    return keys.reduce<Tree | undefined>((tree, key) => tree?.[key], this.document as Tree);
  }

  /** What is wrong with a value, by the schema at this place of the document; null: nothing. */
  problemsOf(value: unknown, ...keys: string[]): string | null {
    if (!this.at(...keys)) return `nothing is described at ${keys.join(' ')}`;
    const validate: ValidateFunction = this.ajv.compile({
      $ref: `openapi#${encodeURI(pointer(keys))}`,
    });
    return validate(value) ? null : this.ajv.errorsText(validate.errors);
  }

  /** What is wrong with the reply to this operation; null: nothing. */
  async problemsOfReply(method: string, path: string, response: Response): Promise<string | null> {
    const status = String(response.status);
    const type = response.headers.get('content-type')?.split(';', 1)[0] ?? '';
    const described = ['paths', path, method.toLowerCase(), 'responses', status];
    if (type === '') return this.at(...described) ? null : `${status} is not described`;
    return this.problemsOf(await response.json(), ...described, 'content', type, 'schema');
  }
}
