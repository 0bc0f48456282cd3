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

// parameters reads the query of a path that understands parameters of these names, each given at most once.
// "type" is the one that may repeat.
func parameters(query string, names ...string) (values, error) {
	all, err := url.ParseQuery(query)
	if err != nil {
		return nil, invalidf("query", "%v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case !slices.Contains(names, name):
			return nil, invalidf(shortened(name), "is not a parameter that is known here")
		case len(all[name]) > 1 && name != "type":
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

// exclusive reads the flag that leaves out one end of a range, which must be given then.
func (v values) exclusive(name, end string) (bool, error) {
	if !v.has(name) {
		return false, nil
	}
	if s := v[name][0]; s != "true" && s != "false" {
		return false, invalidf(name, "must be true or false")
	}
	if !v.has(end) {
		return false, invalidf(name, "needs %s", end)
	}
	return v[name][0] == "true", nil
}

func (v values) limit() (int, error) {
	if !v.has("limit") {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v["limit"][0])
	if err != nil {
		return 0, invalidf("limit", "must be a whole number")
	}
	return n, nil
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
