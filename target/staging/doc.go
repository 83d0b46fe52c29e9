// Package staging has files on their way to objects. Rows are appended to a [File];
// what is complete of it is compressed in the background, and uploaded as parts that
// nobody can see. When all files of a commit are closed they are staged, which is
// whatever may take long or fail, and then published, which only makes them visible.
//
// An [Area] is where the files of one load are: it has the compressors, the requests
// in flight, the memory that the files take, and the uploads that are aborted where
// nothing comes of them. It decides nothing: when a file is large enough, and which
// one gives way when memory is short, is said by whoever owns the files.
//
// Memory is held by a file until a part of it, or the file, is handed over to be
// uploaded. From then on it is on its way, until the store needs it no longer. Both
// are counted, and both come back to zero.
//
// An error sticks to its file: every later call returns it.
package staging
