import { behindKey, body, nothing, problems, query, ref, reply, type Paths } from '../describe.js';
import { sound } from '../examples.js';

const NAME = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'The sound.',
  schema: { type: 'string', maxLength: 100 },
};

/** Users' own sounds. */
export const soundPaths: Paths = {
  '/api/v1/sounds': {
    get: {
      tags: ['Sounds'],
      operationId: 'listSounds',
      summary: 'Your sounds',
      responses: {
        ...behindKey(),
        200: reply('All of them, by name.', ref('Sounds'), { data: [sound], next_cursor: null }),
      },
    },
    post: {
      tags: ['Sounds'],
      operationId: 'uploadSound',
      summary: 'Upload a sound',
      description:
        'A WAV file of at most 10 MiB and ten minutes: PCM, float, μ-law or A-law, mono or stereo, 4,000 to 192,000 Hz. It is kept as the telephone plays it. A user may have 200, two hours together.',
      parameters: [
        { ...query('name', NAME.schema), required: true },
        query('replace', {
          enum: ['true', 'false'],
          description: 'Whether a sound of this name is replaced; absent: 409.',
        }),
      ],
      requestBody: { required: true, content: { 'audio/wav': {} } },
      responses: {
        ...behindKey(),
        200: reply('Replaced.', ref('Sound'), sound),
        201: reply('Uploaded.', ref('Sound'), sound),
        ...problems('invalid_request', 'conflict', 'limit_reached', 'payload_too_large'),
      },
    },
  },
  '/api/v1/sounds/{name}': {
    parameters: [NAME],
    get: {
      tags: ['Sounds'],
      operationId: 'getSound',
      summary: 'One sound',
      responses: {
        ...behindKey(),
        200: reply('The sound.', ref('Sound'), sound),
        ...problems('not_found'),
      },
    },
    patch: {
      tags: ['Sounds'],
      operationId: 'renameSound',
      summary: 'Rename a sound',
      description: 'Not while a workflow of yours uses it.',
      requestBody: body(ref('RenameSound'), { name: 'welcome-2.wav' }),
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('Sound'), sound),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
    delete: {
      tags: ['Sounds'],
      operationId: 'deleteSound',
      summary: 'Delete a sound',
      description: 'Not while a workflow of yours uses it.',
      responses: {
        ...behindKey(),
        204: nothing('Deleted.'),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/sounds/{name}/audio': {
    parameters: [NAME],
    get: {
      tags: ['Sounds'],
      operationId: 'getSoundAudio',
      summary: 'A sound as calls play it: WAV, 16 bits at 8 kHz',
      responses: {
        ...behindKey(),
        200: { description: 'All of it.', content: { 'audio/wav': {} } },
        ...problems('not_found'),
      },
    },
  },
};
