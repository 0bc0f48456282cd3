package sqlitedb

import (
	"context"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// Schema is the tables of one user of the database. Its version in a file is the number of steps taken there.
type Schema struct {
	// Name tells the schema from the others in the file.
	Name string
	// Steps are SQL scripts, each leading from one version to the next. A step that was ever released stays as it is.
	Steps []string
}

// applicationID marks a SQLite file as Aeon's: "Aeon" in ASCII.
const applicationID = 0x41656f6e

// claim marks a new database as Aeon's, and refuses one that is somebody else's.
func (db *DB) claim() error {
	return db.Write(context.Background(), func(tx *Tx) error {
		var id, tables int64
		if err := tx.QueryRow("PRAGMA application_id").Scan(&id); err != nil {
			return err
		}
		if id == applicationID {
			return nil
		}
		if err := tx.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
			return err
		}
		if tables > 0 || id != 0 {
			return fmt.Errorf("%w: it is a SQLite database, but not one of Aeon's", store.ErrUnavailable)
		}
		return tx.script(fmt.Sprintf(`PRAGMA application_id = %d;
			CREATE TABLE schemas (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;`, applicationID))
	})
}

// Apply brings s up to date in this database, all of it or nothing. It refuses a file that a newer version of the
// program has written: the error matches [store.ErrUnavailable].
func (db *DB) Apply(ctx context.Context, s Schema) error {
	err := db.Write(ctx, func(tx *Tx) error {
		var version int
		if err := tx.QueryRow("SELECT coalesce(max(version), 0) FROM schemas WHERE name = ?", s.Name).Scan(&version); err != nil {
			return err
		}
		if version > len(s.Steps) {
			return fmt.Errorf("%w: the file has version %d of it, this program knows %d: use a newer program",
				store.ErrUnavailable, version, len(s.Steps))
		}
		if version == len(s.Steps) {
			return nil
		}
		for _, step := range s.Steps[version:] {
			if err := tx.script(step); err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT INTO schemas (name, version) VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
			s.Name, len(s.Steps))
		return err
	})
	if err != nil {
		return fmt.Errorf("schema %q: %w", s.Name, err)
	}
	return nil
}

// script runs several statements that won't be needed again.
func (tx *Tx) script(statements string) error {
	if err := tx.willWrite(); err != nil {
		return err
	}
	_, err := tx.conn.sql.ExecContext(background, statements)
	return err
}
