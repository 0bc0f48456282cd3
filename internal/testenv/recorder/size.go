package recorder

// Item is an item as it goes over the wire.
type Item map[string]value

type value struct {
	S, N *string
	B    []byte
	BOOL *bool
	NULL *bool
	M    Item
	L    []value
}

// Size is that of an item by the rules of DynamoDB's developer guide: names and values, numbers by their digits, and
// what lists and maps take besides.
func (i Item) Size() (n int) {
	for name, value := range i {
		n += len(name) + value.size()
	}
	return n
}

func (v value) size() int {
	const container, element = 3, 1
	switch {
	case v.S != nil:
		return len(*v.S)
	case v.B != nil:
		return len(v.B)
	case v.N != nil:
		return (len(*v.N)+1)/2 + 1
	case v.BOOL != nil, v.NULL != nil:
		return 1
	case v.M != nil:
		return container + element*len(v.M) + v.M.Size()
	}
	n := container + element*len(v.L)
	for _, e := range v.L {
		n += e.size()
	}
	return n
}

// Kilobytes are those begun of the item: what a write of it is billed by.
func (i Item) Kilobytes() int {
	const kilobyte = 1024
	return max(1, (i.Size()+kilobyte-1)/kilobyte)
}
