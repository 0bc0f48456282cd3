package api

import (
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/aeon-es/aeon/store"
)

// values are the query parameters of a request.
type values url.Values

// repeatable are the parameters that may be given more than once.
var repeatable = []string{"type", "after"}

// parameters reads the query of a path that understands parameters of these names, each given at most once but for
// those that are repeatable.
func parameters(query string, names ...string) (values, error) {
	all, err := url.ParseQuery(query)
	if err != nil {
		return nil, invalidf("query", "%v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case name == "":
			return nil, invalidf("query", "has a parameter without a name")
		case !slices.Contains(names, name):
			return nil, invalidf(shortened(name), "is not a parameter that is known here")
		case len(all[name]) > 1 && !slices.Contains(repeatable, name):
			return nil, invalidf(name, "is given more than once")
		}
	}
	return values(all), nil
}

// has says whether the parameter is given.
func (v values) has(name string) bool { return len(v[name]) > 0 }

// revision reads a revision from least up, 0 if it isn't given.
func (v values) revision(name string, least store.Revision) (store.Revision, error) {
	if !v.has(name) {
		return 0, nil
	}
	r, err := parseRevision(name, v[name][0])
	if err == nil && r < least {
		err = invalidf(name, "must be %d or more", least)
	}
	return r, err
}

// flag reads a flag, false if it isn't given.
func (v values) flag(name string) (bool, error) {
	if !v.has(name) {
		return false, nil
	}
	if s := v[name][0]; s != "true" && s != "false" {
		return false, invalidf(name, "must be true or false")
	}
	return v[name][0] == "true", nil
}

// exclusive reads the flag that leaves out one end of a range, which must be given then.
func (v values) exclusive(name, end string) (bool, error) {
	set, err := v.flag(name)
	if err == nil && v.has(name) && !v.has(end) {
		err = invalidf(name, "needs %s", end)
	}
	return set, err
}

// position reads a position, the zero one if it isn't given.
func (v values) position(name string) (store.Position, error) {
	if !v.has(name) {
		return store.Position{}, nil
	}
	p, err := store.ParsePosition(v[name][0])
	return p, named(name, err)
}

func (v values) limit() (int, error) {
	if !v.has("limit") {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v["limit"][0])
	if err != nil {
		return 0, invalidf("limit", "must be a whole number")
	}
	return n, validateLimit(n)
}

func validateLimit(n int) error {
	if n < 1 || n > maxLimit {
		return invalidf("limit", "must be from 1 to %d", maxLimit)
	}
	return nil
}

// next is the token of a page, empty if none is asked for. Other parameters can't be beside it.
func (v values) next() (string, error) {
	if !v.has("next") {
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if name != "next" {
			return "", invalidf(name, "can't be given beside next, which carries it")
		}
	}
	if v["next"][0] == "" {
		return "", errToken
	}
	return v["next"][0], nil
}

// backward reads the direction.
func (v values) backward() (bool, error) {
	if !v.has("direction") {
		return false, nil
	}
	switch v["direction"][0] {
	case "forward":
		return false, nil
	case "backward":
		return true, nil
	}
	return false, invalidf("direction", "must be forward or backward")
}
