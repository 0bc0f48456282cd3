// What the drivers for Node.js share: a command per line in, an answer per line out. See package driver.
'use strict';
const readline = require('node:readline');

class Conflict extends Error {}
class Unsupported extends Error {}

const about200 = { by: 1, note: 'x'.repeat(182) };

async function untilStored(contender, key, n, expect) {
  for (let i = 0; i < 1000; i++) {
    try {
      return await contender.append(key, n, expect);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
  throw new Error(`append to ${key}: still a conflict after 1000 tries`);
}

async function outcome(promise) {
  try {
    await promise;
    return { events: 1, outcome: 'stored' };
  } catch (error) {
    if (error instanceof Conflict) return { outcome: 'conflict' };
    if (error instanceof Unsupported) return { outcome: 'none' };
    throw error;
  }
}

const writers = (n, work) => Promise.all(Array.from({ length: n }, (_, w) => work(w)));

const commands = {
  setup: async (contender) => { await contender.setup(); return {}; },
  append: async (contender, c) => {
    await contender.append(c.key, c.events, c.expect);
    return { events: c.events, outcome: 'stored' };
  },
  together: async (contender, c) => {
    const n = c.events || 1;
    await writers(c.writers, async (w) => {
      for (let i = 0; i < c.each; i++) await untilStored(contender, c.hot ? c.key : `${c.key}/${w}`, n, c.expect);
    });
    return { events: c.writers * c.each * n, outcome: 'stored' };
  },
  storm: async (contender, c) => {
    const all = await writers(c.writers, () => outcome(contender.stale(c.key)));
    return { events: all.filter((o) => o.outcome === 'stored').length, outcome: 'conflict' };
  },
  stale: (contender, c) => outcome(contender.stale(c.key)),
  retry: (contender, c) => outcome(contender.retry(c.key)),
  read: async (contender, c) => ({ events: await contender.read(c.key) }),
  snapshot: async (contender, c) => { await contender.snapshot(c.key); return {}; },
  load: async (contender, c) => ({ events: await contender.load(c.key) }),
  readall: async (contender) => ({ events: await contender.readAll() }),
  forget: async (contender) => { contender.forget(); return {}; },
};

async function serve(contender) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    const began = process.hrtime.bigint();
    let answer;
    try {
      answer = await commands[command.do](contender, command);
    } catch (error) {
      answer = { error: error instanceof Conflict ? 'conflict' : error instanceof Unsupported ? `unsupported: ${error.message}` : String(error) };
    }
    answer.nanos = Number(process.hrtime.bigint() - began);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

const clientOptions = { endpoint: process.env.BENCH_ENDPOINT };
const table = (name) => process.env.BENCH_PREFIX + name;
const streamed = { BillingMode: 'PAY_PER_REQUEST', StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };

module.exports = { serve, Conflict, Unsupported, about200, clientOptions, table, streamed };
