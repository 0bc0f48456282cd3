// Package linear checks that a store is linearizable: clients of several processes append and read at once, on a
// backend with faults, and whatever they were told must be explained by some order of their operations in which each took
// effect at one instant between its call and its answer. An append whose outcome is unknown may take effect at any
// later time, or never. The checker is porcupine.
package linear
