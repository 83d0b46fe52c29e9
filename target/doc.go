// Package target is the engine of target-s3: it takes Singer messages in and
// puts files into a [store.Store], in such a way that a state which it has written is
// never a lie.
//
// # The idea
//
// A Singer target is a sink with a two-phase commit. Everything read since the
// last checkpoint is staged: invisible, in memory or as parts of uploads that
// are not completed. At a checkpoint, cut at a STATE message, all files close,
// all staged objects are completed, and only then does the STATE leave on
// standard output. A state that is out is a promise that was kept; an object
// that is visible is one that a state covers, but for the instant of the commit.
//
// # Data flow
//
//	input ─▶ reading ─▶ chunk ─▶ worker (N) ─▶ appender ─▶ file ─▶ compress (N) ─▶ parts ─▶ Store
//	         1 goroutine         1 a CPU       1 goroutine          1 a CPU         bounded    │
//	                                               │                                           │
//	                                               └──────── checkpoint ─▶ commitAll ──────────┘─▶ STATE
//	                                                                      1 goroutine
//
// reading (reading.go) cuts the input into blocks of whole lines. What is not
// plainly a RECORD it handles itself, in order: a SCHEMA publishes a new,
// immutable set of streams, a STATE becomes a mark in the chunk. So a chunk
// carries what is in force for it, and workers share nothing that changes.
//
// A worker (worker.go) takes each line apart, has the record validated, and
// appends its row to the chunk's output. A record that is invalid, or that its
// format's columns cannot hold, becomes a row of table _sdc_rejected.
//
// The appender (appender.go) takes the chunks in input order: a chunk enters the
// queue before it is worked on, so the queue's capacity bounds both the chunks
// in flight and their memory. It owns the open files, one a table and version,
// decides when one closes, and cuts checkpoints.
//
// A file (package staging) is compressed block by block by a shared pool: an encoder
// for every open file would cost 1 to 22 MB each. What is ready becomes parts of
// 5 MiB that are uploaded while reading goes on. A Parquet file has its rows wait
// until they make a row group, which is then encoded by the same pool.
//
// commitAll (commit.go) takes checkpoints in order: it stages all their files, has
// the journal say so where there is one, publishes all, and writes the state.
//
// # Invariants
//
//   - A state is written after the Publish of every file with a row before it, and
//     states come out in the order of the input.
//   - No file is visible before the checkpoint that it belongs to.
//   - Rows of one table and version are in input order, within and across files.
//   - What is written does not depend on the number of workers or on how the
//     input arrives: wherever a decision hangs on the size of compressed blocks,
//     the appender waits for them first. _sdc_sequence is the start of the run
//     plus the line's offset, and needs no counter; __sdc_primary_key derives
//     from it.
//   - Memory stays within memory_limit_bytes (limits.go): an eighth for input on
//     its way, half for files, three quarters for files and uploads together; the
//     rest for what is not counted. The largest file gives way first.
//   - The first error wins. An error in the input ends it as its end would have:
//     what came before is committed. An error of the store cancels everything;
//     what is staged is aborted on a context of its own.
//   - Nobody waits for a Read: it may block for ever.
package target
