PRAGMA application_id = 1097166702;
CREATE TABLE commits (
	sequence       INTEGER PRIMARY KEY,
	key            TEXT NOT NULL,
	revision       INTEGER NOT NULL,
	count          INTEGER NOT NULL,
	position       TEXT NOT NULL,
	committedAt    INTEGER NOT NULL,
	appendId       TEXT NOT NULL,
	idempotencyKey TEXT NOT NULL,
	events         TEXT NOT NULL
) STRICT;
CREATE TABLE markers (
	key            TEXT NOT NULL,
	idempotencyKey TEXT NOT NULL,
	revision       INTEGER NOT NULL,
	count          INTEGER NOT NULL,
	position       TEXT NOT NULL,
	committedAt    INTEGER NOT NULL,
	appendId       TEXT NOT NULL,
	fingerprint    TEXT NOT NULL,
	expires        INTEGER
) STRICT;
CREATE TABLE schemas (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshots (
	key      TEXT NOT NULL,
	name     TEXT NOT NULL,
	schema   INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	state    TEXT NOT NULL,
	PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX byExpiry ON markers (expires) WHERE expires IS NOT NULL;
CREATE UNIQUE INDEX byIdempotencyKey ON markers (key, idempotencyKey);
CREATE UNIQUE INDEX byKey ON commits (key, revision);
CREATE UNIQUE INDEX byPosition ON commits (position);
INSERT INTO commits VALUES (1, 'counter/ü 50%', 1, 1, '01KGH3Q8F70000000000000000', 1770091506007, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '', '[{"type":"opened"}]');
INSERT INTO commits VALUES (2, 'counter/ü 50%', 2, 2, '01KGH3Q8F7ABCDEFGHJKM00000', 1770091507007, 'ZYXWVUTSRQPONMLKJIHGFEDCBA', 'request-7', '[{"type":"ordered","correlationId":"trace-1","metadata":{"by":"\"kim\"","cause":"cart/1@7"},"data":{"total":12345678901234567890.10,"text":"\u00fc"}},{"type":"paid","data":null}]');
INSERT INTO markers VALUES ('counter/ü 50%', 'request-7', 2, 2, '01KGH3Q8F7ABCDEFGHJKM00000', 1770091507007, 'ZYXWVUTSRQPONMLKJIHGFEDCBA', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU', 1770095106000);
INSERT INTO schemas VALUES ('store', 1);
INSERT INTO snapshots VALUES ('counter/ü 50%', 'counter', 2, 3, '{"count":12345678901234567890.10}');
