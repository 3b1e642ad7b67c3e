import { chromium, type Browser, type Page } from 'playwright-core';
import { installDebian } from './postgres-binaries.ts';
import { run } from './run.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** It asks nothing of a network by itself. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** The browser of this machine, or Debian's. Throws with a sentence where there is none. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = (await findChromium()) ?? (await installChromium());
  return chromium.launch({ executablePath, args: [...ARGS, '--disable-component-update', '--disable-sync'] });
}

async function findChromium(): Promise<string | undefined> {
  const { stdout } = await run('sh', ['-c', NAMES.map((name) => `command -v ${name}`).join(' || ')]);
  return stdout.trim() || undefined;
}

async function installChromium(): Promise<string> {
  await installDebian('chromium', 'a browser, Chromium or Chrome,');
  return '/usr/bin/chromium';
}

export interface Opened {
  readonly page: Page;
  /** What the page said on the console, what it asked for, and what went wrong: each of it is a fault. */
  readonly faults: readonly string[];
}

export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
}

/** Opens a file as somebody does who got it by mail. */
export async function openFile(browser: Browser, file: string, look: Look = {}): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1240, height: 900 }, ...look });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) faults.push(request.url());
  });
  await page.goto(`file://${file}`);
  return { page, faults };
}
