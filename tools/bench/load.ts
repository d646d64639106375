import { Agent, request } from 'node:http';

export interface SignedPost {
  path: string;
  host: string;
  signature: string;
  body: string;
}

export interface LoadResult {
  requests: number;
  failed: number;
  perSecond: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

/** Sends every request once, `concurrency` at a time over kept connections, as fast as replies come. */
export async function send(
  port: number,
  posts: readonly SignedPost[],
  concurrency: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  let next = 0;
  let failed = 0;
  const begun = performance.now();
  const worker = async (): Promise<void> => {
    for (let index = next++; index < posts.length; index = next++) {
      const post = posts[index];
      if (!post) return;
      const at = performance.now();
      const status = await sendOne(agent, port, post);
      latencies.push(performance.now() - at);
      if (status !== 204) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    requests: posts.length,
    failed,
    perSecond: posts.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}

function sendOne(agent: Agent, port: number, post: SignedPost): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: post.path,
        headers: {
          Host: post.host,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(post.body),
          'X-Twilio-Signature': post.signature,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on('error', () => resolve(0));
    outgoing.end(post.body);
  });
}
