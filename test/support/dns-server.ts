import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const TYPES = { 1: 'A', 28: 'AAAA' } as const;

export interface DnsServer {
  /** As `Resolver.setServers` takes it. */
  address: string;
  /** Names asked for, in order. */
  asked: string[];
  stop(): Promise<void>;
}

/**
 * A name server on loopback.
 *
 * @param zone by name: the answers of `A` and `AAAA`, as bytes; null: no answer at all; absent: no such name
 */
export async function startDnsServer(
  zone: Record<string, { A?: number[][]; AAAA?: number[][] } | null>,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    asked.push(name);
    const type = query.readUInt16BE(at + 1);
    const found = zone[name];
    if (found === null) return;
    const records = found?.[TYPES[type as keyof typeof TYPES]] ?? [];
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    // A response, recursion available; 3: no such name.
    header.writeUInt16BE(0x8180 | (found ? 0 : 3), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((bytes) => {
      const record = Buffer.alloc(12);
      // The name is that of the question.
      record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(60, 6);
      record.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([record, Buffer.from(bytes)]);
    });
    socket.send(
      Buffer.concat([header, query.subarray(HEADER_BYTES, at + 5), ...answers]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    stop: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
