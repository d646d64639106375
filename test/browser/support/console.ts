import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { API_KEY, startGateway, type Gateway, type GatewayOptions } from '../../support/gateway.js';
import { Api } from '../../support/api.js';
import { launch } from './chromium.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A net, and no verdict on how fast it is: whatever else the machine does, it is there by then. */
const PATIENCE_MS = 90_000;
/** WCAG 2.2 AA and what axe thinks good besides. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A gateway with the simulated carrier, and a browser that looks at its console. */
export class ConsoleBench {
  readonly api: Api;
  /** What the pages complained of: errors in scripts, and whatever the content security policy refused. */
  readonly complaints: string[] = [];

  private constructor(
    readonly gateway: Gateway,
    readonly browser: Browser,
  ) {
    this.api = new Api(gateway);
  }

  static async start(options: GatewayOptions = {}): Promise<ConsoleBench> {
    const [gateway, browser] = await Promise.all([startGateway(options), launch()]);
    return new ConsoleBench(gateway, browser);
  }

  async stop(): Promise<void> {
    await Promise.all(this.browser.contexts().map(leave));
    await this.browser.close();
    await this.gateway.stop();
  }

  url(path = ''): string {
    return `${this.gateway.url}/console/${path}`;
  }

  /** A browser that has never been here. */
  async stranger(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      const text = message.text();
      // Refused requests are told here too; the tests look at what the page makes of them.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) {
        this.complaints.push(text);
      }
    });
    return page;
  }

  /** A browser that is signed in as user 1. */
  async signedIn(path = '', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.stranger(options);
    await this.signInContext(page.context());
    await page.goto(this.url(path));
    await page.locator('h1').waitFor();
    return page;
  }

  /** Closes the browser window that a page is in. */
  async leave(page: Page): Promise<void> {
    await leave(page.context());
  }

  private async signInContext(context: BrowserContext): Promise<void> {
    const response = await context.request.post(this.url('api/session'), {
      data: { key: API_KEY },
      headers: { origin: this.gateway.url },
    });
    if (!response.ok()) throw new Error(`signing in failed: ${response.status()}`);
  }
}

/**
 * A handler of a route that is still under way when its page goes fails, and
 * would take every test after it along: what becomes of it is nobody's concern.
 */
async function leave(context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
  await context.close();
}

/** What axe finds wrong on a page, each as a line. */
export async function violations(page: Page): Promise<string[]> {
  // As an extension would: past the page's content security policy, which forbids strange scripts.
  await page.evaluate(await axeSource());
  return page.evaluate(async (tags) => {
    const { axe } = window as unknown as {
      axe: {
        run: (
          where: Document,
          options: object,
        ) => Promise<{
          violations: Array<{
            id: string;
            help: string;
            nodes: Array<{ html: string; any: Array<{ message: string }> }>;
          }>;
        }>;
      };
    };
    const result = await axe.run(document, { runOnly: tags });
    return result.violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.html} ${node.any[0]?.message ?? ''}`),
    );
  }, RULES);
}

let source: string | null = null;
async function axeSource(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  source ??= await readFile(AXE, 'utf8');
  return source;
}
