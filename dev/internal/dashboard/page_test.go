package dashboard_test

import (
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// The page runs nothing but its own files, whatever gets into it.
func TestPolicy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, p := range []string{"/", "/dev/page/js/app.js", "/dev/page/nothing"} {
		r, err := b.server.Client().Get(b.server.URL + p)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		policy := r.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s: %s", p, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || strings.Contains(policy, "http") {
			t.Errorf("%s: the policy is too wide: %s", p, policy)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: what it is may be guessed", p)
		}
	}
}

var (
	inline   = regexp.MustCompile(`<script>|<style|\son[a-z]+=|\sstyle=|javascript:`)
	asked    = regexp.MustCompile(`(?:href|src)="(/[^"#]+)"|url\(([^)]+)\)|from "(\./[^"]+)"`)
	outside  = regexp.MustCompile(`https?://[^\s"')]+`)
	fromHTML = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`)
)

// No file of the page asks anybody else, nor for a file that isn't there, nor makes elements of text.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	files := os.DirFS("page")
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "fonts/") {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		text := string(data)
		if status, served := b.ask(t, http.MethodGet, "/dev/page/"+strings.TrimSuffix(name, "index.html"), ""); status != http.StatusOK || served != text {
			t.Errorf("%s is served as %d, %d bytes", name, status, len(served))
		}
		for _, wrong := range append(inline.FindAllString(text, -1), fromHTML.FindAllString(text, -1)...) {
			t.Errorf("%s has %q", name, wrong)
		}
		for _, u := range outside.FindAllString(text, -1) {
			if u != "http://www.w3.org/2000/svg" {
				t.Errorf("%s speaks of %s", name, u)
			}
		}
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			to := m[1] + m[2] + m[3]
			if !strings.HasPrefix(to, "/") {
				to = "/dev/page/" + path.Join(path.Dir(name), to)
			}
			if status, _ := b.ask(t, http.MethodGet, to, ""); status != http.StatusOK {
				t.Errorf("%s asks for %s: %d", name, to, status)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
