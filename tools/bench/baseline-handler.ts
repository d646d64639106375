import type { RequestHandler } from 'express';
import Libsql from 'libsql';
import twilio from 'twilio';

/** Keeps a row; it is durable when this resolves. */
export type Insert = (callSid: string, status: string, body: string) => Promise<void>;

/** A table of a handler that one could write in an afternoon, in a file of its own. */
export function sqliteRows(path: string): Insert {
  const database = new Libsql(path);
  database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  database.exec(
    'create table if not exists baseline (id integer primary key autoincrement, call_sid text, status text, body text)',
  );
  const statement = database.prepare(
    'insert into baseline (call_sid, status, body) values (?, ?, ?)',
  );
  return (...values) => {
    statement.run(...values);
    return Promise.resolve();
  };
}

/** Takes what a carrier has signed, with Twilio's own check, and keeps it in a row; 403 for everything else. */
export function signedRow(token: string, origin: string, insert: Insert): RequestHandler {
  return async (request, response, next) => {
    const signature = request.header('x-twilio-signature') ?? '';
    const body = request.body as Record<string, string>;
    if (!twilio.validateRequest(token, signature, `${origin}${request.originalUrl}`, body)) {
      response.sendStatus(403);
      return;
    }
    await insert(body['CallSid'] ?? '', body['CallStatus'] ?? '', JSON.stringify(body));
    next();
  };
}
