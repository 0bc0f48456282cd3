// event-store-adapter-js, with the tables of its docs. An append is a transaction of an event and of the snapshot's version; it has no
// append of several events at once.
'use strict';
const { DynamoDBClient, CreateTableCommand } = require('@aws-sdk/client-dynamodb');
const { EventStoreFactory, OptimisticLockError } = require('event-store-adapter-js');
const { serve, Conflict, Unsupported, about200, clientOptions, table, streamed } = require('./serve.cjs');

class Id {
  typeName = 'Counter';
  constructor(value) { this.value = value; }
  asString() { return `${this.typeName}-${this.value}`; }
}

class Counter {
  typeName = 'Counter';
  constructor(id, sequenceNumber, version) { Object.assign(this, { id, sequenceNumber, version }); }
  withVersion(version) { return new Counter(this.id, this.sequenceNumber, version); }
  updateVersion(update) { return this.withVersion(update(this.version)); }
}

const client = new DynamoDBClient(clientOptions);
const events = EventStoreFactory.ofDynamoDB(
  client, table('journal'), table('snapshot'), 'journal-aid-index', 'snapshots-aid-index', 32,
  (json) => json.data,
  (json) => new Counter(new Id(json.data.id.value), json.data.sequenceNumber, json.data.version),
);
const heads = new Map();

async function persist(key, head, withSnapshot) {
  const id = new Id(key);
  const event = {
    typeName: 'Incremented', id: `${key}-${head + 1}`, aggregateId: id, sequenceNumber: head + 1, occurredAt: new Date(),
    isCreated: head === 0, payload: about200,
  };
  try {
    if (head === 0) await events.persistEventAndSnapshot(event, new Counter(id, 1, 1));
    else if (withSnapshot) await events.persistEventAndSnapshot(event, new Counter(id, head + 1, head));
    else await events.persistEvent(event, head);
  } catch (error) {
    if (error instanceof OptimisticLockError) throw new Conflict();
    throw error;
  }
  heads.set(key, head + 1);
}

const tableOf = (name, index, stream) => new CreateTableCommand({
  TableName: table(name), ...streamed, ...(stream ? {} : { StreamSpecification: undefined }),
  AttributeDefinitions: ['pkey', 'skey', 'aid'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))
    .concat({ AttributeName: 'seq_nr', AttributeType: 'N' }),
  KeySchema: [{ AttributeName: 'pkey', KeyType: 'HASH' }, { AttributeName: 'skey', KeyType: 'RANGE' }],
  GlobalSecondaryIndexes: [{
    IndexName: index, Projection: { ProjectionType: 'ALL' },
    KeySchema: [{ AttributeName: 'aid', KeyType: 'HASH' }, { AttributeName: 'seq_nr', KeyType: 'RANGE' }],
  }],
});

serve({
  async setup() {
    await client.send(tableOf('journal', 'journal-aid-index', true));
    await client.send(tableOf('snapshot', 'snapshots-aid-index', false));
  },
  async append(key, n, expect) {
    if (n > 1) throw new Unsupported('several events at once');
    if (expect === 'once' || expect === 'any') throw new Unsupported(expect);
    let head = expect === 'new' ? 0 : heads.get(key);
    if (head === undefined || expect === 'latest') {
      const snapshot = await events.getLatestSnapshotById(new Id(key));
      head = snapshot === undefined ? 0 : snapshot.version;
    }
    await persist(key, head);
  },
  stale: (key) => persist(key, 0),
  async retry() { throw new Unsupported('idempotency keys'); },
  async read(key) { return (await events.getEventsByIdSinceSequenceNumber(new Id(key), 1)).length; },
  snapshot: (key) => persist(key, heads.get(key), true),
  async load(key) {
    const id = new Id(key);
    const { sequenceNumber } = await events.getLatestSnapshotById(id);
    return sequenceNumber + (await events.getEventsByIdSinceSequenceNumber(id, sequenceNumber + 1)).length;
  },
  async readAll() { throw new Unsupported('all keys'); },
  forget() { heads.clear(); },
});
