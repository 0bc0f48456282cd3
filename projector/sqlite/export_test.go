package sqlite

// SelectParked is the query of a page of marks.
const SelectParked = selectParked
