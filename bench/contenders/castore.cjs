// Castore's adapter, with the table of its README. Several events are an event group: one transaction.
'use strict';
const { DynamoDBClient, CreateTableCommand } = require('@aws-sdk/client-dynamodb');
const { DynamoDBSingleTableEventStorageAdapter } = require('@castore/event-storage-adapter-dynamodb');
const { EventStore, EventType } = require('@castore/core');
const { serve, Conflict, Unsupported, about200, clientOptions, table, streamed } = require('./serve.cjs');

const client = new DynamoDBClient(clientOptions);
const adapter = new DynamoDBSingleTableEventStorageAdapter({ tableName: table('castore'), dynamoDBClient: client });
const events = new EventStore({
  eventStoreId: 'COUNTERS',
  eventTypes: [new EventType({ type: 'incremented' })],
  reducer: (aggregate, event) => ({ aggregateId: event.aggregateId, version: event.version }),
  eventStorageAdapter: adapter,
});
const heads = new Map();

const detail = (aggregateId, version) => ({ aggregateId, version, type: 'incremented', payload: about200 });

async function push(key, head, n) {
  try {
    if (n === 1) {
      await events.pushEvent(detail(key, head + 1));
    } else {
      const group = Array.from({ length: n }, (_, i) => events.groupEvent(detail(key, head + 1 + i)));
      await EventStore.pushEventGroup(...group);
    }
  } catch (error) {
    if (error.code === 'EventAlreadyExistsError' || error.name === 'EventAlreadyExistsError') throw new Conflict();
    throw error;
  }
  heads.set(key, head + n);
}

serve({
  async setup() {
    await client.send(new CreateTableCommand({
      TableName: table('castore'), ...streamed,
      AttributeDefinitions: [
        { AttributeName: 'aggregateId', AttributeType: 'S' }, { AttributeName: 'version', AttributeType: 'N' },
        { AttributeName: 'eventStoreId', AttributeType: 'S' }, { AttributeName: 'timestamp', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'aggregateId', KeyType: 'HASH' }, { AttributeName: 'version', KeyType: 'RANGE' }],
      GlobalSecondaryIndexes: [{
        IndexName: 'initialEvents', Projection: { ProjectionType: 'KEYS_ONLY' },
        KeySchema: [{ AttributeName: 'eventStoreId', KeyType: 'HASH' }, { AttributeName: 'timestamp', KeyType: 'RANGE' }],
      }],
    }));
  },
  async append(key, n, expect) {
    if (expect === 'once' || expect === 'any') throw new Unsupported(expect);
    let head = expect === 'new' ? 0 : heads.get(key);
    if (head === undefined || expect === 'latest') {
      const { aggregate } = await events.getAggregate(key); // as its users do
      head = aggregate === undefined ? 0 : aggregate.version;
    }
    await push(key, head, n);
  },
  stale: (key) => push(key, 0, 1),
  async retry() { throw new Unsupported('idempotency keys'); },
  async read(key) { return (await events.getEvents(key)).events.length; },
  async snapshot() { throw new Unsupported('snapshots'); },
  async load() { throw new Unsupported('snapshots'); },
  // It has no way to read all events: its users list the keys, and read each.
  async readAll() {
    let n = 0;
    let page;
    do {
      page = await events.listAggregateIds({ pageToken: page && page.nextPageToken, limit: 100 });
      const all = await Promise.all(page.aggregateIds.map(({ aggregateId }) => events.getEvents(aggregateId)));
      n += all.reduce((sum, one) => sum + one.events.length, 0);
    } while (page.nextPageToken !== undefined);
    return n;
  },
  forget() { heads.clear(); },
});
