package dist

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// file is one to be packed.
type file struct {
	name string // in the archive
	from string
	mode fs.FileMode
}

func writeTar(to string, files []file, at time.Time) (err error) {
	out, err := os.Create(to) //nolint:gosec // what the release is named
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	for _, f := range files {
		text, err := os.ReadFile(f.from)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: f.name, Mode: int64(f.mode), Size: int64(len(text)), ModTime: at, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := t.Write(text); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func writeZip(to string, files []file, at time.Time) (err error) {
	out, err := os.Create(to) //nolint:gosec // what the release is named
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	z := zip.NewWriter(out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at.UTC()}
		h.SetMode(f.mode)
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		from, err := os.Open(f.from)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, from)
		if err = errors.Join(err, from.Close()); err != nil {
			return err
		}
	}
	return z.Close()
}
