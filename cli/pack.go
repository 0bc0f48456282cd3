package cli

import (
	"bufio"
	"compress/gzip"
	"io"
	"strings"
)

// packer writes a file, compressed or not. What was written before end can be read whatever comes behind it; then writing goes on.
type packer interface {
	io.Writer
	end() error
}

// packerFor writes to w what the name of the file says.
func packerFor(name string, w io.Writer) packer {
	buffered := plainPacker{bufio.NewWriterSize(w, fileBuffer)}
	if !strings.HasSuffix(name, ".gz") {
		return buffered
	}
	z, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed) // JSON shrinks to a tenth as it is
	if err != nil {
		panic(err) // only for a level that there isn't
	}
	return &gzipPacker{plain: buffered, z: z}
}

// fileBuffer is how much of a file is read or written at once.
const fileBuffer = 256 << 10

type plainPacker struct{ *bufio.Writer }

func (p plainPacker) end() error { return p.Flush() }

// gzipPacker writes members, each of which begins anew: together they are one file to every program that reads gzip.
type gzipPacker struct {
	plain plainPacker
	z     *gzip.Writer
	begun bool
}

// Write implements [io.Writer].
func (p *gzipPacker) Write(b []byte) (int, error) {
	p.begun = true
	return p.z.Write(b)
}

func (p *gzipPacker) end() error {
	if !p.begun {
		return nil
	}
	if err := p.z.Close(); err != nil {
		return err
	}
	p.begun = false
	p.z.Reset(p.plain)
	return p.plain.end()
}

// unpacked reads r, which may be compressed.
func unpacked(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, fileBuffer)
	if start, err := buffered.Peek(2); err != nil || start[0] != 0x1f || start[1] != 0x8b {
		return buffered, nil //nolint:nilerr // a file that is shorter isn't gzip; an error comes again where it is read
	}
	return gzip.NewReader(buffered)
}
