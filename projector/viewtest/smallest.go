package viewtest

import "slices"

// smallest makes of two orders that come to different rows the least that still do: as few events as possible, in two orders of
// which only two neighbours have changed places.
func (r *trial) smallest(a, z order) (order, order) {
	r.t.Helper()
	want := r.fold(&probe{}, a).rows
	differ := func(a, b order) bool {
		what, _, _ := difference(r.fold(&probe{}, a).rows, r.fold(&probe{}, b).rows)
		return what != ""
	}
	// From a to z by swapping neighbours: somewhere on the way the rows begin to be others.
	all := swaps(a, z)
	same, other := 0, len(all)
	for other-same > 1 {
		middle := (same + other) / 2
		if what, _, _ := difference(want, r.fold(&probe{}, swapped(a, all[:middle])).rows); what == "" {
			same = middle
		} else {
			other = middle
		}
	}
	at := all[same] // what happens there shows at once, as all that a view knows is in its rows
	a, z = swapped(a, all[:same])[:at+2], swapped(a, all[:other])[:at+2]
	for i := at - 1; i >= 0; i-- { // what came before may be left out, from the end of its key
		if r.last(a, i) && differ(without(a, i), without(z, i)) {
			a, z = without(a, i), without(z, i)
		}
	}
	before := len(a) - 2
	if x, y := tidied(a, before), tidied(z, before); differ(x, y) {
		return x, y
	}
	return a, z
}

// tidied has the first n in the order given.
func tidied(o order, n int) order {
	o = slices.Clone(o)
	slices.Sort(o[:n])
	return o
}

// swaps are the places whose events are to be swapped with their next neighbours, one after the other, to make z of a.
func swaps(a, z order) []int {
	var all []int
	now := slices.Clone(a)
	for i, n := range z {
		for j := slices.Index(now, n); j > i; j-- {
			now[j-1], now[j] = now[j], now[j-1]
			all = append(all, j-1)
		}
	}
	return all
}

// swapped is a with neighbours swapped.
func swapped(a order, places []int) order {
	now := slices.Clone(a)
	for _, j := range places {
		now[j], now[j+1] = now[j+1], now[j]
	}
	return now
}

// last says whether the event at place i is its key's last one.
func (r *trial) last(o order, i int) bool {
	key := r.events[o[i]].Key
	return !slices.ContainsFunc(o[i+1:], func(n int) bool { return r.events[n].Key == key })
}

func without(o order, i int) order { return slices.Delete(slices.Clone(o), i, i+1) }
