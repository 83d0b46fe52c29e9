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
// standard output. A state that was written is a promise that was kept; an object
// that is visible is one that a state covers, but for the instant of the commit; and
// with a journal not even that instant leaves a row twice.
//
// # Data flow
//
//	                         the way of a record            the way of a STATE
//
//	load.go                  puts the parts together
//	reading.go               cuts input into blocks         marks the line
//	  batchfiles.go          BATCH: reads its files
//	    ahead.go             some before their turn
//	  registry.go, given.go  SCHEMA: a new set of streams
//	  form.go                what streams of one schema share
//	pipe.go, chunk.go, pieces.go             from there to the appender
//	worker.go                line to row
//	  verdict.go             valid, or rejected
//	  room.go                a row that takes much memory
//	appender.go              rows into files                becomes the last STATE
//	  uncovered.go           rows that wait for a STATE     covers them
//	  batches.go             the open files
//	  memory.go              what gives way, and when
//	  clocks.go                                             is it due?
//	staging                  blocks, parts, uploads
//	commit.go                staged, published              goes out
//	  journal.go             in the journal between         in the journal before
//
// What happens on the way is told as events (event.go, progress.go), which package report words,
// and counted (counts.go, rejections.go, summary.go).
//
// reading (1 goroutine) cuts the input into blocks of whole lines. What is not
// plainly a RECORD it handles itself, in order: a SCHEMA publishes a new,
// immutable set of streams, a STATE becomes a mark in the chunk. So a chunk
// carries what is in force for it, and workers share nothing that changes. After a
// BATCH message come the chunks of its files, whose lines are records alone, and then
// those of the rest of the block.
//
// A worker (1 a CPU) takes each line apart, has the record validated, and appends
// its row to the chunk's output. A record that is invalid, or that its format's
// columns cannot hold, becomes a row of table _sdc_rejected.
//
// The appender (1 goroutine) takes the chunks in input order: a chunk enters the
// queue before it is worked on, so the queue's capacity bounds both the chunks
// in flight and their memory. A chunk that makes far more rows than it has bytes is
// handed over in pieces. It owns the open files, one a table and version,
// decides when one closes, and cuts checkpoints.
//
// A file (package staging) is compressed block by block by a shared pool: an encoder
// for every open file would cost 1 to 22 MB each. What is ready becomes parts of
// 5 MiB that are uploaded while reading goes on. Rows of a Parquet file wait until
// they make a row group, which is then encoded by the same pool.
//
// The committer (1 goroutine) takes checkpoints in order: it stages all their files,
// says so in the journal where there is one, publishes all, and writes the state.
//
// # Invariants
//
//   - A state is written after the Publish of every file with a row before it, and
//     states come out in the order of the input.
//   - No file is visible before all files of its checkpoint are staged.
//   - Rows of one table and version are in input order, within and across files.
//   - What is written does not depend on the number of workers or on how the
//     input arrives: wherever a decision hangs on the size of compressed blocks,
//     the appender waits for them first. _sdc_sequence is the start of the run
//     plus the line's offset (as if the files of BATCH messages stood in the input),
//     and needs no counter; __sdc_primary_key derives
//     from it.
//   - Memory stays within memory_limit_bytes (memory.go): an eighth for input on
//     its way, half for files, three quarters for files and uploads together; the
//     rest for what is not counted. The largest file gives way first.
//   - The first error wins. An error in the input ends it as its end would have:
//     what came before is committed. An error of the store cancels everything;
//     what is staged is aborted on a context of its own.
//   - Nobody waits for a Read: it may block for ever.
package target
