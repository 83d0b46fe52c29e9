// Package storetest holds what tests need of a store.Store: a conformance
// suite that every implementation passes (Run), a store in memory (Memory) and
// a store that fails, waits or loses answers on demand (Faulty).
package storetest
